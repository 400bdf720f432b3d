"""Add price changes, for the feeds of wishlists, and the numbers of shares of courses"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, Money, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_change",
        sa.Column("id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("old", Money(), nullable=False),
        sa.Column("new", Money(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_price_change_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_change")),
    )
    op.create_index(op.f("ix_price_change_course_id_at"), "price_change", ["course_id", "at"])
    op.create_table(
        "share_count",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("target", sa.String(20), nullable=False),
        sa.Column("shares", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_share_count_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("course_id", "target", name=op.f("pk_share_count")),
    )


def downgrade() -> None:
    op.drop_table("share_count")
    op.drop_table("price_change")
