"""Find accounts by role and by words, and count courses by their average rating"""

from collections import Counter

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id
from courseshop.services.facet import rating_facts
from courseshop.services.people import terms_of

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BATCH = 1_000
TEXTS = ("username", "name", "email", "pending_email")
COURSES = sa.table("course", *map(sa.column, ("status", "rating_sum", "rating_count")))
USERS = sa.table("user_account", *map(sa.column, ("id", *TEXTS)))


def upgrade() -> None:
    op.create_index(op.f("ix_user_account_role_id"), "user_account", ["role", "id"])
    term = sa.String(84).with_variant(sa.String(84, collation="C"), "postgresql")
    op.create_table(
        "person_term",
        sa.Column("term", term, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_person_term_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("term", "user_id", name=op.f("pk_person_term")),
    )
    op.create_index(op.f("ix_person_term_user_id"), "person_term", ["user_id"])
    fill()
    count_ratings()


def fill() -> None:
    """Index the existing accounts in batches."""
    db, last = op.get_bind(), 0
    found = sa.table("person_term", sa.column("term"), sa.column("user_id"))
    db.execute(sa.delete(found))
    some = sa.select(USERS).order_by(USERS.c.id).limit(BATCH)
    while rows := db.execute(some.where(USERS.c.id > last)).all():
        last = rows[-1].id
        op.bulk_insert(
            found,
            [
                {"term": term, "user_id": row.id}
                for row in rows
                for term in sorted(terms_of(" ".join(filter(None, row[1:]))))
            ],
        )


def count_ratings() -> None:
    """Store how many published courses reach each minimum average."""
    db, counts = op.get_bind(), Counter[tuple[str, str]]()
    count = sa.table("course_count", *map(sa.column, ("kind", "value", "courses")))
    db.execute(sa.delete(count).where(count.c.kind == "rating"))
    for row in db.execute(sa.select(COURSES).where(COURSES.c.rating_count > 0)):
        counts.update(rating_facts(row._asdict()))
    op.bulk_insert(
        count,
        [
            {"kind": kind, "value": value, "courses": number}
            for (kind, value), number in counts.items()
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM course_count WHERE kind = 'rating'")
    op.drop_table("person_term")
    op.drop_index(op.f("ix_user_account_role_id"), "user_account")
