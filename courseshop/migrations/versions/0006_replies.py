"""Add replies of instructors to reviews, and a reference from mails to reviews"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, LongText, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reply",
        sa.Column("review_id", Id, nullable=False),
        sa.Column("author_id", Id, nullable=True),
        sa.Column("text_markdown", LongText, nullable=False),
        sa.Column("text_html", LongText, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"],
            ["review.id"],
            name=op.f("fk_reply_review_id_review"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_reply_author_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_reply")),
    )
    op.create_index(op.f("ix_reply_author_id"), "reply", ["author_id"])
    with op.batch_alter_table("mail") as table:
        table.add_column(sa.Column("review_id", Id, nullable=True))
        table.create_foreign_key(
            op.f("fk_mail_review_id_review"), "review", ["review_id"], ["id"], ondelete="CASCADE"
        )
        table.create_index(op.f("ix_mail_review_id"), ["review_id"])


def downgrade() -> None:
    # Mails about a review cannot be composed without the reference to it.
    op.execute("DELETE FROM mail WHERE review_id IS NOT NULL")
    with op.batch_alter_table("mail") as table:
        table.drop_constraint(op.f("fk_mail_review_id_review"), type_="foreignkey")
        table.drop_index(op.f("ix_mail_review_id"))
        table.drop_column("review_id")
    op.drop_table("reply")
