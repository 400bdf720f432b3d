"""Courses have a subtitle."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("course") as batch:
        batch.add_column(sa.Column("subtitle", sa.String(150), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("course") as batch:
        batch.drop_column("subtitle")
