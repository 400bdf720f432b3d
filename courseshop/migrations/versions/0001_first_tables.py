"""Create the tables of users, categories, courses and reviews"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, LongText, Money, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", Id, nullable=False),
        sa.Column("username", sa.String(40), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "role IN ('student', 'instructor', 'moderator', 'admin')",
            name=op.f("ck_user_account_role"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("username", name=op.f("uq_user_account_username")),
    )
    op.create_table(
        "category",
        sa.Column("id", Id, nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
    )
    op.create_index(op.f("ix_category_position_id"), "category", ["position", "id"])
    op.create_table(
        "course",
        sa.Column("id", Id, nullable=False),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("summary", sa.String(500), nullable=False),
        sa.Column("about_markdown", LongText, nullable=False),
        sa.Column("about_html", LongText, nullable=False),
        sa.Column("category_id", Id, nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("price", Money(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("listed_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("enrolled_count", sa.Integer(), nullable=False),
        sa.Column("rating_count", sa.Integer(), nullable=False),
        sa.Column("rating_sum", sa.Integer(), nullable=False),
        sa.Column("rating_1", sa.Integer(), nullable=False),
        sa.Column("rating_2", sa.Integer(), nullable=False),
        sa.Column("rating_3", sa.Integer(), nullable=False),
        sa.Column("rating_4", sa.Integer(), nullable=False),
        sa.Column("rating_5", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "level IN ('all', 'beginner', 'intermediate', 'advanced')",
            name=op.f("ck_course_level"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'published', 'archived')",
            name=op.f("ck_course_status"),
        ),
        sa.CheckConstraint("price >= 0", name=op.f("ck_course_price")),
        sa.CheckConstraint(
            "rating_count = rating_1 + rating_2 + rating_3 + rating_4 + rating_5",
            name=op.f("ck_course_rating"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_course_category_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("slug", name=op.f("uq_course_slug")),
    )
    op.create_index(op.f("ix_course_status_listed_at_id"), "course", ["status", "listed_at", "id"])
    op.create_index(
        op.f("ix_course_category_id_listed_at_id"), "course", ["category_id", "listed_at", "id"]
    )
    op.create_index(op.f("ix_course_listed_at_id"), "course", ["listed_at", "id"])
    op.create_table(
        "course_instructor",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_course_instructor_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_course_instructor_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("course_id", "user_id", name=op.f("pk_course_instructor")),
    )
    op.create_index(op.f("ix_course_instructor_user_id"), "course_instructor", ["user_id"])
    op.create_table(
        "review",
        sa.Column("id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("author_id", Id, nullable=True),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("text_markdown", LongText, nullable=False),
        sa.Column("text_html", LongText, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("helpful_count", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_review_rating")),
        sa.CheckConstraint(
            "status IN ('published', 'pending', 'hidden')", name=op.f("ck_review_status")
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_review_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_review_author_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("course_id", "author_id", name=op.f("uq_review_course_id_author_id")),
    )
    op.create_index(
        op.f("ix_review_course_id_status_created_at_id"),
        "review",
        ["course_id", "status", "created_at", "id"],
    )
    op.create_index(op.f("ix_review_author_id"), "review", ["author_id"])


def downgrade() -> None:
    for table in ("review", "course_instructor", "course", "category", "user_account"):
        op.drop_table(table)
