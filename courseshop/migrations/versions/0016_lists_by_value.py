"""Add covering indexes for lists filtered by category, level or language"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

VALUES = ("category_id", "level", "language")
FILTERED = (*VALUES, "price", "duration_minutes", "rating_count", "rating_sum")


def upgrade() -> None:
    for name in VALUES:
        others = [other for other in FILTERED if other != name]
        op.create_index(
            f"ix_course_lists_{name}", "course", [name, "status", "listed_at", "id", *others]
        )


def downgrade() -> None:
    for name in VALUES:
        op.drop_index(f"ix_course_lists_{name}", "course")
