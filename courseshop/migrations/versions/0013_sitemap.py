"""Add a covering index for the sitemap, each part of which is a range of ids"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NAME = "ix_course_status_id_slug_updated_at"


def upgrade() -> None:
    op.create_index(op.f(NAME), "course", ["status", "id", "slug", "updated_at"])


def downgrade() -> None:
    op.drop_index(op.f(NAME), "course")
