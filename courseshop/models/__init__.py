"""The tables of the shop; importing this package makes them known to SQLAlchemy."""

from courseshop.models.category import Category
from courseshop.models.course import Course, course_instructor
from courseshop.models.review import Review
from courseshop.models.user import User

__all__ = ["Category", "Course", "Review", "User", "course_instructor"]
