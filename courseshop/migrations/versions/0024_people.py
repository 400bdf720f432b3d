"""List accounts by role, and find them by the words of their names and addresses"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id
from courseshop.services.people import terms_of

revision = "0024"
down_revision = "0021"
branch_labels = None
depends_on = None

BATCH = 1_000
TEXTS = ("username", "name", "email", "pending_email")
USERS = sa.table("user_account", *map(sa.column, ("id", *TEXTS)))


def upgrade() -> None:
    op.create_index(op.f("ix_user_account_role_id"), "user_account", ["role", "id"])
    term = sa.String(84).with_variant(sa.String(84, collation="C"), "postgresql")
    op.create_table(
        "person_term",
        sa.Column("term", term, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_person_term_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("term", "user_id", name=op.f("pk_person_term")),
    )
    op.create_index(op.f("ix_person_term_user_id"), "person_term", ["user_id"])
    fill()


def fill() -> None:
    """Index the existing accounts in batches."""
    db, last = op.get_bind(), 0
    found = sa.table("person_term", sa.column("term"), sa.column("user_id"))
    db.execute(sa.delete(found))
    some = sa.select(USERS).order_by(USERS.c.id).limit(BATCH)
    while rows := db.execute(some.where(USERS.c.id > last)).all():
        last = rows[-1].id
        op.bulk_insert(
            found,
            [
                {"term": term, "user_id": row.id}
                for row in rows
                for term in sorted(terms_of(" ".join(filter(None, row[1:]))))
            ],
        )


def downgrade() -> None:
    op.drop_table("person_term")
    op.drop_index(op.f("ix_user_account_role_id"), "user_account")
