import sqlalchemy as sa
from alembic import op

from courseshop.plugin import Id

revision = "shelves_0001"
down_revision = None


def upgrade():
    op.create_table(
        "shelf_book",
        sa.Column("id", Id, primary_key=True),
        sa.Column("title", sa.String(20), nullable=False),
        sa.Column("copies", sa.Integer, nullable=False),
    )


def downgrade():
    op.drop_table("shelf_book")
