"""Store responses by the Idempotency-Key of their request, to replay them"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, LongBytes, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_answer",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", LongBytes, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_kept_answer_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_answer")),
        sa.UniqueConstraint("user_id", "key_hash", name=op.f("uq_kept_answer_user_id_key_hash")),
    )
    op.create_index(op.f("ix_kept_answer_created_at"), "kept_answer", ["created_at"])


def downgrade() -> None:
    op.drop_table("kept_answer")
