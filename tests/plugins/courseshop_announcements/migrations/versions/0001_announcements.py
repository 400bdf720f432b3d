"""Announcements"""

import sqlalchemy as sa
from alembic import op

from courseshop.plugin import Id

revision = "announcements_0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name="fk_announcement_course_id_course",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_announcement"),
        sa.UniqueConstraint("course_id", "text", name="uq_announcement_course_id_text"),
    )


def downgrade() -> None:
    op.drop_table("announcement")
