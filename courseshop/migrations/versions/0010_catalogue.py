"""Add subcategories, tags, sort keys for rating and title, and facet counts"""

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id
from courseshop.services.facet import facts
from courseshop.services.rating import score
from courseshop.services.words import bare, tag_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SORTS = ("score", "enrolled_count", "price", "sort_title")
FILTERS = [
    *("status", "category_id", "level", "language", "price", "duration_minutes"),
    *("rating_count", "rating_sum"),
]
BATCH = 1_000


def upgrade() -> None:
    with op.batch_alter_table("category") as table:
        table.add_column(sa.Column("parent_id", Id, nullable=True))
        table.create_foreign_key(
            op.f("fk_category_parent_id_category"), "category", ["parent_id"], ["id"]
        )
        table.create_index(op.f("ix_category_parent_id"), ["parent_id"])
    with op.batch_alter_table("course") as table:
        table.add_column(sa.Column("sort_title", sa.String(200), nullable=False, server_default=""))
        table.add_column(sa.Column("score", sa.Integer(), nullable=False, server_default="3500"))
    with op.batch_alter_table("course") as table:
        table.alter_column("sort_title", existing_type=sa.String(200), server_default=None)
        table.alter_column("score", existing_type=sa.Integer(), server_default=None)
    op.create_table(
        "course_tag",
        sa.Column("tag", sa.String(40), nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_course_tag_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tag", "course_id", name=op.f("pk_course_tag")),
    )
    op.create_index(op.f("ix_course_tag_course_id"), "course_tag", ["course_id"])
    op.create_table(
        "course_count",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("value", sa.String(40), nullable=False),
        sa.Column("courses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_course_count")),
    )
    op.create_index(op.f("ix_course_count_kind_courses"), "course_count", ["kind", "courses"])
    fill()
    for name in SORTS:
        op.create_index(op.f(f"ix_course_status_{name}_id"), "course", ["status", name, "id"])
    op.create_index(
        op.f("ix_course_language_listed_at_id"), "course", ["language", "listed_at", "id"]
    )
    op.create_index("ix_course_filters", "course", FILTERS)


def fill() -> None:
    """Store sort keys, tags and facet counts of existing courses, as the services do for new ones."""
    course = sa.table(
        "course",
        *map(sa.column, ("id", "title", "sort_title", "score", "rating_sum", "rating_count")),
        *map(sa.column, ("status", "category_id", "level", "language", "price", "tags")),
        sa.column("duration_minutes"),
    )
    counts: Counter[tuple[str, str]] = Counter()
    db, last = op.get_bind(), 0
    for name in ("course_tag", "course_count"):
        db.execute(sa.delete(sa.table(name)))
    while True:
        page = sa.select(course).where(course.c.id > last).order_by(course.c.id).limit(BATCH)
        rows = db.execute(page).all()
        if not rows:
            break
        for row in rows:
            tags = row.tags if isinstance(row.tags, list) else json.loads(row.tags)
            values = {
                "sort_title": bare(row.title)[:200],
                "score": score(row.rating_sum, row.rating_count),
            }
            db.execute(sa.update(course).where(course.c.id == row.id).values(values))
            counts.update(facts({**row._asdict(), "tags": tags}))
            for tag in sorted({tag_of(one) for one in tags}):
                db.execute(
                    sa.text("INSERT INTO course_tag (tag, course_id) VALUES (:tag, :id)"),
                    {"tag": tag, "id": row.id},
                )
        last = rows[-1].id
    for (kind, value), number in sorted(counts.items()):
        db.execute(
            sa.text("INSERT INTO course_count (kind, value, courses) VALUES (:k, :v, :n)"),
            {"k": kind, "v": value, "n": number},
        )


def downgrade() -> None:
    op.drop_table("course_count")
    op.drop_table("course_tag")
    op.drop_index("ix_course_filters", "course")
    op.drop_index(op.f("ix_course_language_listed_at_id"), "course")
    for name in SORTS:
        op.drop_index(op.f(f"ix_course_status_{name}_id"), "course")
    with op.batch_alter_table("course") as table:
        table.drop_column("score")
        table.drop_column("sort_title")
    with op.batch_alter_table("category") as table:
        table.drop_constraint(op.f("fk_category_parent_id_category"), type_="foreignkey")
        table.drop_index(op.f("ix_category_parent_id"))
        table.drop_column("parent_id")
