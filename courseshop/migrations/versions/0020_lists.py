"""Read every page of a list from an index, in the order of the list, for members and staff, too"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Table, columns of the new index, and columns of the index that it replaces.
INDEXES = (
    ("review", ("course_id", "status", "rating", "created_at", "id"), ()),
    ("review", ("course_id", "status", "rating", "helpful_count", "id"), ()),
    ("audit", ("actor_id", "at", "id"), ("actor_id",)),
    ("invitation", ("user_id", "created_at", "course_id"), ("user_id",)),
    # Covers the sitemap's fingerprint.
    (
        "course",
        ("status", "id", "slug", "updated_at", "version"),
        ("status", "id", "slug", "updated_at"),
    ),
)


def upgrade() -> None:
    for table, new, old in INDEXES:
        replace(table, old, new)


def downgrade() -> None:
    for table, new, old in reversed(INDEXES):
        replace(table, new, old)


def replace(table: str, old: tuple[str, ...], new: tuple[str, ...]) -> None:
    # MariaDB drops no index that a foreign key needs, so the new one comes first.
    if new:
        op.create_index(op.f(f"ix_{table}_{'_'.join(new)}"), table, [*new])
    if old:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(old)}"), table)
