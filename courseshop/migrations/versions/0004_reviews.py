"""Add deferred deletion of reviews, their former texts, and indexes to sort them"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, LongText, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review") as table:
        table.add_column(sa.Column("deleted_at", UtcDateTime(), nullable=True))
        table.create_index(op.f("ix_review_deleted_at"), ["deleted_at"])
        for column in ("helpful_count", "rating"):
            name = op.f(f"ix_review_course_id_status_{column}_id")
            table.create_index(name, ["course_id", "status", column, "id"])
    op.create_table(
        "review_version",
        sa.Column("id", Id, nullable=False),
        sa.Column("review_id", Id, nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("text_markdown", LongText, nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
            name=op.f("fk_review_version_review_id_review"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_version")),
    )
    op.create_index(op.f("ix_review_version_review_id"), "review_version", ["review_id", "id"])


def downgrade() -> None:
    op.drop_table("review_version")
    # Deleted reviews could be restored for an hour; without the column they would reappear.
    op.execute("DELETE FROM review WHERE deleted_at IS NOT NULL")
    with op.batch_alter_table("review") as table:
        table.drop_index(op.f("ix_review_deleted_at"))
        table.drop_column("deleted_at")
        for column in ("helpful_count", "rating"):
            table.drop_index(op.f(f"ix_review_course_id_status_{column}_id"))
