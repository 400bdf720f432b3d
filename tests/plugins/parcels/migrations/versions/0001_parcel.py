import sqlalchemy as sa
from alembic import op

from courseshop.plugin import Id

revision = "parcels_0001"
down_revision = None


def upgrade():
    op.create_table(
        "parcel",
        sa.Column("id", Id, primary_key=True),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
    )


def downgrade():
    op.drop_table("parcel")
