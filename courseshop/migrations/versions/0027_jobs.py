"""Jobs; the emails of the outbox become jobs"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None
# Older code would put its emails into a table that is gone.
oldest_code = "0027"

FACTS = ("kind", "address", "user_id", "review_id", "locale", "base_url")
OWNERS = (("user_id", "user_account"), ("review_id", "review"))
MAIL = sa.table(
    "mail",
    *map(sa.column, (*FACTS, "id", "state", "attempts", "refusals", "error")),
    sa.column("created_at", UtcDateTime),
    sa.column("due_at", UtcDateTime),
)
JOB = sa.table(
    "job",
    *map(sa.column, ("id", "kind", "key", "state", "outcome", "attempts", "failures", "error")),
    sa.column("payload", sa.JSON),
    sa.column("created_at", UtcDateTime),
    sa.column("run_at", UtcDateTime),
)


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("key", sa.String(100), nullable=True),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'done', 'failed')", name=op.f("ck_job_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_job_kind_key")),
    )
    op.create_index(op.f("ix_job_state_run_at_id"), "job", ["state", "run_at", "id"])
    # If an interrupted run has already dropped the table, it has also moved the emails.
    if sa.inspect(op.get_bind()).has_table("mail"):
        move_mail()
    op.drop_table("mail")


def move_mail() -> None:
    """Turn the emails into jobs. For each review and kind, only one has the key."""
    db, told = op.get_bind(), set()
    db.execute(JOB.delete())
    for row in db.execute(MAIL.select().order_by(MAIL.c.id)).all():
        done = row.state in {"sent", "needless"}
        about_review = row.review_id is not None and row.state != "needless"
        key = f"{row.kind}:{row.review_id}" if about_review else None
        moved = {
            "kind": "mail",
            "key": None if key in told else key,
            "payload": {} if done else {name: getattr(row, name) for name in FACTS},
            "state": "done" if done else row.state,
            "outcome": row.state if done else "",
            "attempts": row.attempts,
            "failures": row.refusals,
            "error": row.error,
            "created_at": row.created_at,
            "run_at": row.due_at,
        }
        db.execute(JOB.insert().values(moved))
        told.add(key)


def downgrade() -> None:
    create_mail()
    if sa.inspect(op.get_bind()).has_table("job"):
        move_back()
    op.drop_table("job")


def create_mail() -> None:
    op.create_table(
        "mail",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("locale", sa.String(20), nullable=False),
        sa.Column("base_url", sa.String(500), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("review_id", Id, nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'needless', 'failed')", name=op.f("ck_mail_state")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_mail_{column}_{table}"),
                ondelete="CASCADE",
            )
            for column, table in OWNERS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(op.f("ix_mail_state_due_at_id"), "mail", ["state", "due_at", "id"])
    op.create_index(op.f("ix_mail_user_id"), "mail", ["user_id"])
    op.create_index(op.f("ix_mail_review_id"), "mail", ["review_id"])


def move_back() -> None:
    """Turn the waiting and failed jobs of the kind "mail" into emails; the others are dropped.

    An email about an account or a review that is gone would violate the foreign keys.
    """
    db = op.get_bind()
    db.execute(MAIL.delete())
    unsent = JOB.select().where(JOB.c.kind == "mail", JOB.c.state != "done")
    for row in db.execute(unsent.order_by(JOB.c.id)).all():
        facts = {name: row.payload.get(name) for name in FACTS}
        if all(exists(db, table, facts[name]) for name, table in OWNERS):
            moved = {
                **facts,
                "state": row.state,
                "attempts": row.attempts,
                "refusals": row.failures,
                "error": row.error,
                "created_at": row.created_at,
                "due_at": row.run_at,
            }
            db.execute(MAIL.insert().values(moved))


def exists(db: sa.Connection, table: str, row_id: int | None) -> bool:
    """Return whether a table has the row that an email is about; True if it is about none."""
    found = sa.select(sa.literal(1)).select_from(sa.table(table)).where(sa.column("id") == row_id)
    return row_id is None or db.execute(found).first() is not None
