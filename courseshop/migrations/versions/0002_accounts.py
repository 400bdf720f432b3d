"""Add accounts: passwords, sessions, tokens, mail, audit log, rate limits, enrolments"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, LongText, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

LOOKALIKES = str.maketrans({"0": "o", "1": "l", "_": "-", ".": "-"})


def upgrade() -> None:
    extend_user_account()
    create_login_session()
    create_access_token()
    create_mail()
    create_audit()
    create_begun()
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_expires_at"), "throttle", ["expires_at"])
    op.create_table(
        "enrolment",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_enrolment_course_id_course"),
            ondelete="CASCADE",
        ),
        owner("enrolment", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_enrolment")),
    )
    op.create_index(op.f("ix_enrolment_user_id"), "enrolment", ["user_id"])


def owner(table: str, column: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_user_account")
    return sa.ForeignKeyConstraint([column], ["user_account.id"], name=name, ondelete=ondelete)


def extend_user_account() -> None:
    with op.batch_alter_table("user_account") as table:
        table.add_column(sa.Column("username_look", sa.String(40), nullable=True))
        table.add_column(sa.Column("email", sa.String(254), nullable=True))
        table.add_column(sa.Column("pending_email", sa.String(254), nullable=True))
        table.add_column(sa.Column("password_hash", sa.String(255), nullable=True))
    fill_looks()
    with op.batch_alter_table("user_account") as table:
        table.alter_column("username_look", existing_type=sa.String(40), nullable=False)
        table.create_unique_constraint(op.f("uq_user_account_username_look"), ["username_look"])
        table.create_unique_constraint(op.f("uq_user_account_email"), ["email"])
        table.create_index(op.f("ix_user_account_pending_email"), ["pending_email"])


def fill_looks() -> None:
    """Store the confusable form of each username.

    The column is unique: if existing usernames look alike, all but the first get the form with a
    suffix.
    """
    users = sa.table(
        "user_account", sa.column("id"), sa.column("username"), sa.column("username_look")
    )
    connection, taken = op.get_bind(), set()
    rows = connection.execute(sa.select(users.c.id, users.c.username).order_by(users.c.id)).all()
    for row in rows:
        look = row.username.translate(LOOKALIKES).replace("rn", "m").replace("vv", "w")
        if look in taken:
            look = f"{look[:20]}~{row.id}"
        taken.add(look)
        connection.execute(users.update().where(users.c.id == row.id).values(username_look=look))


def create_login_session() -> None:
    op.create_table(
        "login_session",
        sa.Column("id", Id, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("device", sa.String(100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        owner("login_session", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_login_session_secret_hash")),
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"])


def create_access_token() -> None:
    op.create_table(
        "access_token",
        sa.Column("id", Id, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("scope IN ('read', 'write')", name=op.f("ck_access_token_scope")),
        owner("access_token", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_token")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_access_token_secret_hash")),
    )
    op.create_index(op.f("ix_access_token_user_id"), "access_token", ["user_id"])


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
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'needless', 'failed')", name=op.f("ck_mail_state")
        ),
        owner("mail", "user_id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index(op.f("ix_mail_state_due_at_id"), "mail", ["state", "due_at", "id"])
    op.create_index(op.f("ix_mail_user_id"), "mail", ["user_id"])


def create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor_id", Id, nullable=True),
        sa.Column("user_id", Id, nullable=True),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        owner("audit", "actor_id", "SET NULL"),
        owner("audit", "user_id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_at_id"), "audit", ["at", "id"])
    op.create_index(op.f("ix_audit_user_id_at_id"), "audit", ["user_id", "at", "id"])
    op.create_index(op.f("ix_audit_actor_id"), "audit", ["actor_id"])


def create_begun() -> None:
    op.create_table(
        "begun",
        sa.Column("id", Id, nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("path", sa.String(1_000), nullable=False),
        sa.Column("body", LongText, nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_begun")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_begun_secret_hash")),
    )
    op.create_index(op.f("ix_begun_address_created_at"), "begun", ["address", "created_at"])
    op.create_index(op.f("ix_begun_created_at"), "begun", ["created_at"])


def downgrade() -> None:
    names = ("enrolment", "throttle", "begun", "audit", "mail", "access_token", "login_session")
    for name in names:
        op.drop_table(name)
    with op.batch_alter_table("user_account") as table:
        table.drop_index(op.f("ix_user_account_pending_email"))
        table.drop_constraint(op.f("uq_user_account_email"), type_="unique")
        table.drop_constraint(op.f("uq_user_account_username_look"), type_="unique")
        for column in ("password_hash", "pending_email", "email", "username_look"):
            table.drop_column(column)
