"""Add related courses, which courseshop relate finds"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "related_course",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("related_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_related_course_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["related_id"],
            ["course.id"],
            name=op.f("fk_related_course_related_id_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("course_id", "related_id", name=op.f("pk_related_course")),
    )
    op.create_index(op.f("ix_related_course_related_id"), "related_course", ["related_id"])


def downgrade() -> None:
    op.drop_table("related_course")
