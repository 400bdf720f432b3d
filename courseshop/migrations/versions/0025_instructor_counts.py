"""Store the totals of the published courses of each instructor"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COUNTERS = ("courses", "students", "rating_count", "rating_sum")
TOTALS = """
INSERT INTO instructor_count (user_id, courses, students, rating_count, rating_sum)
SELECT course_instructor.user_id, count(course.id), coalesce(sum(course.enrolled_count), 0),
    coalesce(sum(course.rating_count), 0), coalesce(sum(course.rating_sum), 0)
FROM course_instructor LEFT JOIN course
    ON course.id = course_instructor.course_id AND course.status = 'published'
GROUP BY course_instructor.user_id
"""


def upgrade() -> None:
    op.create_table(
        "instructor_count",
        sa.Column("user_id", Id, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTERS),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_instructor_count_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_instructor_count")),
    )
    op.execute("DELETE FROM instructor_count")
    op.execute(TOTALS)


def downgrade() -> None:
    op.drop_table("instructor_count")
