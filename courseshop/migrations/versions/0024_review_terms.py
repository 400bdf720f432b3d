"""The search words of reviews, so that their spelling does not matter; `init` fills them in"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import LongText

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("review", sa.Column("terms", LongText, nullable=True))


def downgrade() -> None:
    op.drop_column("review", "terms")
