"""Usernames that differ only in 1, l and i, or in 0 and o, look alike."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OLD = str.maketrans({"0": "o", "1": "l", "_": "-", ".": "-"})
NEW = str.maketrans({"0": "o", "1": "l", "i": "l", "_": "-", ".": "-"})
USERS = sa.table(
    "user_account",
    sa.column("id", sa.BigInteger),
    sa.column("username", sa.String),
    sa.column("username_look", sa.String),
)


def upgrade() -> None:
    fill_looks(NEW)


def downgrade() -> None:
    fill_looks(OLD)


def fill_looks(lookalikes: dict[int, str]) -> None:
    """Store the confusable form of each username.

    The column is unique: if existing usernames look alike, all but the first get the form with a
    suffix, and stay.
    """
    looks: dict[str, int] = {}
    rows = op.get_bind().execute(sa.select(USERS).order_by(USERS.c.id)).all()
    for row in rows:
        look = row.username.translate(lookalikes).replace("rn", "m").replace("vv", "w")
        looks.setdefault(look if look not in looks else f"{look[:20]}~{row.id}", row.id)
    known = {row.id: row.username_look for row in rows}
    changed = {row_id: look for look, row_id in looks.items() if look != known[row_id]}
    # Another account may still have the new form: first give all changed ones a form of their own.
    for row_id in changed:
        store(row_id, f"~{row_id}")
    for row_id, look in changed.items():
        store(row_id, look)


def store(row_id: int, look: str) -> None:
    op.get_bind().execute(USERS.update().where(USERS.c.id == row_id).values(username_look=look))
