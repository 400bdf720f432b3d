"""Add lists and outlines of courses, former slugs, status changes and invitations"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

LISTS = ("tags", "outcomes", "requirements", "audience", "outline")


def upgrade() -> None:
    extend_course()
    create_course_slug()
    op.create_table(
        "status_change",
        sa.Column("id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("old", sa.String(20), nullable=False),
        sa.Column("new", sa.String(20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        reference("status_change", "course_id", "course", "CASCADE"),
        reference("status_change", "actor_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_change")),
    )
    op.create_index(
        op.f("ix_status_change_course_id_at_id"), "status_change", ["course_id", "at", "id"]
    )
    op.create_index(op.f("ix_status_change_actor_id"), "status_change", ["actor_id"])
    op.create_table(
        "invitation",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("inviter_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        reference("invitation", "course_id", "course", "CASCADE"),
        reference("invitation", "user_id", "user_account", "CASCADE"),
        reference("invitation", "inviter_id", "user_account", "SET NULL"),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_invitation")),
    )
    op.create_index(op.f("ix_invitation_user_id"), "invitation", ["user_id"])
    op.create_index(op.f("ix_invitation_inviter_id"), "invitation", ["inviter_id"])


def reference(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def extend_course() -> None:
    """Add the list columns: fill them, then make them NOT NULL, because MySQL's JSON has no default."""
    with op.batch_alter_table("course") as table:
        for name in LISTS:
            table.add_column(sa.Column(name, sa.JSON(), nullable=True))
    course = sa.table("course", *(sa.column(name, sa.JSON()) for name in LISTS))
    op.execute(course.update().values({name: [] for name in LISTS}))
    with op.batch_alter_table("course") as table:
        for name in LISTS:
            table.alter_column(name, existing_type=sa.JSON(), nullable=False)


def create_course_slug() -> None:
    op.create_table(
        "course_slug",
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("course_id", Id, nullable=False),
        reference("course_slug", "course_id", "course", "CASCADE"),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_course_slug")),
    )
    op.create_index(op.f("ix_course_slug_course_id"), "course_slug", ["course_id"])
    op.execute("DELETE FROM course_slug")
    op.execute("INSERT INTO course_slug (slug, course_id) SELECT slug, id FROM course")


def downgrade() -> None:
    for name in ("invitation", "status_change", "course_slug"):
        op.drop_table(name)
    with op.batch_alter_table("course") as table:
        for name in LISTS:
            table.drop_column(name)
