"""The shop's tables. Importing this package registers them with SQLAlchemy."""

from courseshop.models.audit import AuditEntry
from courseshop.models.category import Category
from courseshop.models.course import Course, CourseCount, CourseSlug, CourseTag, course_instructor
from courseshop.models.enrolment import Enrolment
from courseshop.models.idempotency import StoredResponse
from courseshop.models.instructor_count import InstructorCount
from courseshop.models.invitation import Invitation
from courseshop.models.job import Job
from courseshop.models.pending_action import PendingForm
from courseshop.models.person_term import PersonTerm
from courseshop.models.price import PriceChange
from courseshop.models.related import RelatedCourse
from courseshop.models.reply import Reply
from courseshop.models.report import Report
from courseshop.models.review import Review, ReviewVersion
from courseshop.models.search import CourseText, SearchWord
from courseshop.models.session import LoginSession
from courseshop.models.share import ShareCount
from courseshop.models.shop_fact import ShopFact
from courseshop.models.status import StatusChange
from courseshop.models.throttle import Throttle
from courseshop.models.token import AccessToken
from courseshop.models.user import User
from courseshop.models.vote import Vote
from courseshop.models.wish import Wish
from courseshop.models.wishlist import Wishlist

__all__ = [
    "AccessToken",
    "AuditEntry",
    "Category",
    "Course",
    "CourseCount",
    "CourseSlug",
    "CourseTag",
    "CourseText",
    "Enrolment",
    "InstructorCount",
    "Invitation",
    "Job",
    "LoginSession",
    "PendingForm",
    "PersonTerm",
    "PriceChange",
    "RelatedCourse",
    "Reply",
    "Report",
    "Review",
    "ReviewVersion",
    "SearchWord",
    "ShareCount",
    "ShopFact",
    "StatusChange",
    "StoredResponse",
    "Throttle",
    "User",
    "Vote",
    "Wish",
    "Wishlist",
    "course_instructor",
]
