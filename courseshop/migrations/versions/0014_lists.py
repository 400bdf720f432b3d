"""Speed up course lists: one index to sort and filter by, and long texts in the last columns

SQLite reads a row up to the last column that a query needs. The other databases store long values
outside of the row.
"""

from alembic import op
from sqlalchemy import inspect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

LONG = (
    *("summary", "tags", "outcomes", "requirements", "audience", "outline"),
    *("about_markdown", "about_html"),
)
FILTERED = [
    *("category_id", "level", "language", "price", "duration_minutes"),
    *("rating_count", "rating_sum"),
]
BY_STATUS = ["status", "listed_at", "id"]


def upgrade() -> None:
    op.create_index("ix_course_lists", "course", [*BY_STATUS, *FILTERED])
    op.drop_index("ix_course_filters", "course")
    op.drop_index(op.f("ix_course_status_listed_at_id"), "course")
    if op.get_bind().dialect.name == "sqlite":
        names = [column["name"] for column in inspect(op.get_bind()).get_columns("course")]
        order = (*(name for name in names if name not in LONG), *LONG)
        with op.batch_alter_table("course", recreate="always", partial_reordering=[order]):
            pass


def downgrade() -> None:
    # The order of columns is not restored, because all queries name their columns.
    op.create_index(op.f("ix_course_status_listed_at_id"), "course", BY_STATUS)
    op.create_index("ix_course_filters", "course", ["status", *FILTERED])
    op.drop_index("ix_course_lists", "course")
