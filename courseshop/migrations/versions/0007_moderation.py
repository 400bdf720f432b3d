"""Add moderation of reviews: reports, waiting times, reasons and numbers of hidden reviews"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("review") as table:
        table.add_column(sa.Column("waiting_since", UtcDateTime(), nullable=True))
        table.add_column(
            sa.Column("hidden_reason", sa.String(500), nullable=False, server_default="")
        )
        table.create_index(op.f("ix_review_waiting_since_id"), ["waiting_since", "id"])
    with op.batch_alter_table("review") as table:
        table.alter_column("hidden_reason", existing_type=sa.String(500), server_default=None)
    op.execute("UPDATE review SET waiting_since = created_at WHERE status = 'pending'")
    with op.batch_alter_table("course") as table:
        table.add_column(
            sa.Column("hidden_count", sa.Integer(), nullable=False, server_default="0")
        )
    with op.batch_alter_table("course") as table:
        table.alter_column("hidden_count", existing_type=sa.Integer(), server_default=None)
    op.execute(
        "UPDATE course SET hidden_count = (SELECT COUNT(*) FROM review WHERE course_id = course.id "
        "AND review.status = 'hidden' AND deleted_at IS NULL)"
    )
    op.create_table(
        "report",
        sa.Column("id", Id, nullable=False),
        sa.Column("review_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("comment", sa.String(1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=True),
        sa.CheckConstraint(
            "reason IN ('spam', 'offensive', 'off_topic', 'false', 'other')",
            name=op.f("ck_report_reason"),
        ),
        sa.CheckConstraint(
            "outcome IN ('approve', 'hide', 'dismiss')", name=op.f("ck_report_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
            name=op.f("fk_report_review_id_review"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_report_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("review_id", "user_id", name=op.f("uq_report_review_id_user_id")),
    )
    op.create_index(
        op.f("ix_report_review_id_created_at_id"), "report", ["review_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_report_user_id"), "report", ["user_id"])


def downgrade() -> None:
    op.drop_table("report")
    with op.batch_alter_table("course") as table:
        table.drop_column("hidden_count")
    with op.batch_alter_table("review") as table:
        table.drop_index(op.f("ix_review_waiting_since_id"))
        table.drop_column("hidden_reason")
        table.drop_column("waiting_since")
