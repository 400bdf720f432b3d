"""Sessions know when their password was last given."""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("login_session") as batch:
        batch.add_column(sa.Column("proved_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("login_session") as batch:
        batch.drop_column("proved_at")
