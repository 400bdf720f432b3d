"""Add wishlists, and create one for every account"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, UtcDateTime
from courseshop.domain.clock import now
from courseshop.models.wishlist import new_key

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    wishlist = op.create_table(
        "wishlist",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(22), nullable=False),
        sa.Column("owner_id", Id, nullable=False),
        sa.Column("default_of", Id, nullable=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("visibility", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "visibility IN ('private', 'link', 'public')", name=op.f("ck_wishlist_visibility")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user_account.id"],
            name=op.f("fk_wishlist_owner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["default_of"],
            ["user_account.id"],
            name=op.f("fk_wishlist_default_of_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishlist")),
        sa.UniqueConstraint("key", name=op.f("uq_wishlist_key")),
        sa.UniqueConstraint("default_of", name=op.f("uq_wishlist_default_of")),
    )
    op.create_index(
        op.f("ix_wishlist_owner_id_created_at_id"), "wishlist", ["owner_id", "created_at", "id"]
    )
    op.create_table(
        "wish",
        sa.Column("wishlist_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["wishlist_id"],
            ["wishlist.id"],
            name=op.f("fk_wish_wishlist_id_wishlist"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_wish_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("wishlist_id", "course_id", name=op.f("pk_wish")),
    )
    op.create_index(op.f("ix_wish_course_id"), "wish", ["course_id"])
    facts = {"name": "", "visibility": "private", "created_at": now(), "version": 1, "stamp": 1}
    owners = op.get_bind().scalars(sa.text("SELECT id FROM user_account")).all()
    rows = [
        {**facts, "key": new_key(), "owner_id": owner_id, "default_of": owner_id}
        for owner_id in owners
    ]
    op.bulk_insert(wishlist, rows)


def downgrade() -> None:
    op.drop_table("wish")
    op.drop_table("wishlist")
