"""Amounts have four decimal places, as many as a currency may have; the shop knows its currency"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None
# Older code would show a hundred times each price.
oldest_code = "0022"

AMOUNTS = (("course", ("price",)), ("price_change", ("old", "new")))


def upgrade() -> None:
    op.create_table(
        "shop_fact",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shop_fact")),
    )
    # Last, and in one transaction with the revision: MariaDB commits the changes of the schema.
    for table, names in AMOUNTS:
        columns = [sa.column(name, sa.BigInteger) for name in names]
        amounts = {one.name: one * 100 for one in columns}
        op.get_bind().execute(sa.table(table, *columns).update().values(amounts))


def downgrade() -> None:
    op.drop_table("shop_fact")
    for table, names in AMOUNTS:
        columns = [sa.column(name, sa.BigInteger) for name in names]
        amounts = {one.name: (one + 50) // 100 for one in columns}
        op.get_bind().execute(sa.table(table, *columns).update().values(amounts))
