"""The resource tree: the structure of the site, and of its security.

A place wraps a row, or none. The parent's `find` returns None for a row that the current user may
not view. So nothing below that row exists for the user either, even if a plugin's ACL allows it.
"""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING

from pyramid.authorization import ALL_PERMISSIONS, DENY_ALL, Allow, Authenticated, Deny, Everyone
from pyramid.httpexceptions import HTTPNotFound

from courseshop.database.request_session import is_write
from courseshop.domain.actor import OPERATOR
from courseshop.framework.resource import Key, OwnRows, Resource, RootResource, RowResource
from courseshop.schemas.base import RowId, Slug, Username
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.share import NETWORKS, NetworkName
from courseshop.schemas.wishlist import ListKey
from courseshop.services import (
    category,
    course,
    instructor,
    instructor_count,
    invitation,
    profile,
    related,
    review,
    session,
    token,
    wish,
    wishlist,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.authorization import Acl  # noqa: TC004 - only in our stubs

    from courseshop.models import rows

MODERATORS = (Allow, "role:moderator", ("view", "edit", "delete", "moderate"))
ADMINS = (Allow, "role:admin", ALL_PERMISSIONS)


class Root(RootResource):
    """The shop."""

    indexed = True
    __acl__ = ((Allow, Everyone, "view"), ADMINS, DENY_ALL)


class Courses(Resource):
    """The course catalog."""

    indexed = True
    __acl__ = ((Allow, "role:instructor", "add"),)

    def find(self, slug: Slug, /) -> Course | None:
        request = self.request
        if is_write(request):
            # Preconditions must be checked on the row that is edited, or an edit could get lost.
            row = course.find(request.db, request.actor, slug)
            return Course(self, row, row) if row else None
        head = course.head(request.connection, request.actor, slug)
        return Course(self, head) if head else None

    def moved(self, name: str) -> Course | None:
        slug = course.find_former(self.request.db, self.request.actor, name)
        return self.find(slug) if slug else None


class Course(Resource):
    """A course; `head` has the columns of `services.course.head`, enough for ACL and ETag."""

    checked_fields = frozenset(CourseDraft.model_fields)

    def __init__(
        self, parent: Resource, head: rows.CourseHead, row: rows.CourseRow | None = None
    ) -> None:
        super().__init__(parent, head.slug)
        self.head = head
        if row is not None:
            self.row = row
        self.indexed = head.status == "published"
        readers = Everyone if self.indexed else f"instructor:{head.id}"
        self.__acl__ = (
            MODERATORS,
            ADMINS,
            (Allow, f"instructor:{head.id}", ("view", "edit", "delete")),
            (Allow, readers, "view"),
            DENY_ALL,
        )

    @cached_property
    def row(self) -> rows.CourseRow:
        """The columns of `services.course.find`, loaded on first use; cached pages never load them.

        Raises HTTPNotFound if the course has disappeared since its head was read.
        """
        row = course.find(self.request.db, self.request.actor, self.head.slug)
        if row is None:
            raise HTTPNotFound
        return row

    @cached_property
    def related(self) -> list[rows.RelatedRow]:
        """The rows of the related courses, for the page's ETag and the panel that shows them."""
        return related.of_course(self.request.connection, self.head.id)

    @cached_property
    def instructor_totals(self) -> list[rows.InstructorTotals]:
        """The instructors with their totals, for the page and for the key of their panel."""
        return instructor_count.of_course(self.request.connection, self.head.id)

    @classmethod
    def stand_ins(cls, parent: Resource, name: str) -> Sequence[Resource]:
        samples = [
            SimpleNamespace(id="the course", slug=name, status=status)
            for status in ("published", "draft")
        ]
        return [cls(parent, sample, sample) for sample in samples]

    def key(self) -> Key:
        return (self.head.version, self.head.stamp, self.head.category_stamp)


class Instructors(Resource):
    """The instructors of a course, and the users invited to teach it."""

    __parent__: Course

    def find(self, username: Username, /) -> Instructor | None:
        db, course_id = self.request.db, self.__parent__.head.id
        row = instructor.find(db, course_id, username)
        found = row or invitation.find_invitee(db, course_id, username)
        return Instructor(self, found, invited=row is None) if found else None


class Instructor(RowResource["rows.InstructorRow"]):
    """An instructor of a course, or an invited user; `row` has `user_id`, `username` and `name`.

    Every instructor may withdraw an invitation, but remove only themselves from the course.
    """

    __parent__: Instructors

    def __init__(self, parent: Resource, row: rows.InstructorRow, *, invited: bool) -> None:
        super().__init__(parent, row.username, row)
        self.invited = invited
        course_id = self.__parent__.__parent__.head.id
        themselves = (Allow, f"user:{row.user_id}", "delete")
        colleagues = (Allow if invited else Deny, f"instructor:{course_id}", "delete")
        self.__acl__ = (MODERATORS, ADMINS, themselves, colleagues)

    @classmethod
    def stand_ins(cls, parent: Resource, name: str) -> Sequence[Resource]:
        row = SimpleNamespace(user_id="that person", username=name)
        return [cls(parent, row, invited=invited) for invited in (False, True)]


class Enrolment(Resource):
    """The current user's enrolment in a course."""

    __parent__: Course
    __acl__ = ((Allow, Authenticated, ("add", "delete")),)


class Share(Resource):
    """The ways to share a course."""

    __parent__: Course

    def find(self, network: NetworkName, /) -> Network | None:
        known = network in NETWORKS and self.request.settings.count_shares
        return Network(self, network) if known else None


class Network(Resource):
    """A redirect to a social network, which counts the share."""

    __parent__: Share


class Reviews(Resource):
    """Student ratings and reviews of a course.

    Every logged-in user may try to write one; the error explains what is missing.
    """

    __parent__: Course
    __acl__ = ((Allow, Authenticated, "add"),)

    def __init__(self, parent: Course, name: str) -> None:
        super().__init__(parent, name)
        self.indexed = parent.indexed

    def find(self, id: RowId, /) -> Review | None:  # noqa: A002
        row = review.find(self.request.db, self.request.actor, self.__parent__.head.id, id)
        return Review(self, str(id), row) if row else None


class Review(RowResource["rows.ReviewRow"]):
    """A review; `row` has the columns of `services.review.find`.

    Moderators can hide the reviews of others, but not edit them.
    """

    __parent__: Reviews
    examples = tuple(
        {"author_id": "its author", "course_id": "the course", "status": status}
        for status in ("published", "pending")
    )

    def __init__(self, parent: Resource, name: str, row: rows.ReviewRow) -> None:
        super().__init__(parent, name, row)
        author = f"user:{row.author_id}"
        readers = Everyone if row.status == "published" else author
        self.__acl__ = (
            # Moderators cannot decide about their own reviews.
            (Deny, author, "moderate"),
            (Allow, author, ("view", "edit", "delete")),
            (Allow, "role:moderator", ("view", "moderate")),
            (Allow, readers, "view"),
            DENY_ALL,
        )

    def key(self) -> Key:
        row, above = self.row, self.__parent__.__parent__.key()
        return (row.version, row.stamp, row.author_stamp, row.reply_stamp, *above)


class Helpful(Resource):
    """The current user's vote that a review is helpful."""

    __parent__: Review
    __acl__ = ((Allow, Authenticated, ("add", "delete")),)


class Reply(Resource):
    """An instructor's reply to a review.

    Moderators can remove a reply, but not write or edit one.
    """

    __parent__: Review

    def __init__(self, parent: Review, name: str) -> None:
        super().__init__(parent, name)
        self.__acl__ = (
            (Allow, f"instructor:{parent.row.course_id}", ("add", "delete")),
            (Allow, "role:moderator", "delete"),
            (Deny, Everyone, ("add", "delete")),
        )

    def key(self) -> Key:
        return (self.__parent__.row.reply_version or 0, *self.__parent__.key())


class Reports(Resource):
    """Reports about a review. Moderators see all of them, other users only the reports they made.

    The author of a review does not see other users' reports about it, even as a moderator.
    """

    __parent__: Review
    __acl__ = ((Allow, Authenticated, "add"),)


class Categories(Resource):
    """The course categories."""

    indexed = True

    def find(self, slug: Slug, /) -> Category | None:
        row = category.find(self.request.db, slug)
        return Category(self, slug, row) if row else None


class Category(RowResource["rows.CategoryRow"]):
    """A category and its courses."""

    indexed = True


class People(Resource):
    """The profiles of all users, and for admins the list of their accounts."""

    members_only = True
    __acl__ = (ADMINS, DENY_ALL)

    def find(self, username: Username, /) -> Person | None:
        row = profile.find(self.request.db, username)
        return Person(self, username, row) if row else None


class Person(RowResource["rows.ProfileRow"]):
    """The public profile of a user. Only admins can change anything here."""

    indexed = True
    members_only = False
    __acl__ = ((Allow, Everyone, "view"), ADMINS, DENY_ALL)


class Moderation(Resource):
    """The moderation queue."""

    members_only = True
    __acl__ = (MODERATORS, ADMINS, DENY_ALL)


class Audit(Resource):
    """The security log of all accounts, for admins."""

    members_only = True
    __acl__ = (ADMINS, DENY_ALL)


class Wishlists(OwnRows):
    """The current user's wishlists, and other users' shared wishlists, by key."""

    members_only = may_become_private = True
    # Lists can be shared. Content for other users requires a confirmed address.
    for_confirmed = True
    # A guest's form, such as to copy a list, is stored, and submitted after the login.
    stores_forms = True
    __acl__ = ((Allow, Authenticated, ("view", "add")), DENY_ALL)

    def find(self, key: ListKey, /) -> Wishlist | None:
        if key == "default":
            return self.own(Wishlist, key, wishlist.find_default)
        row = wishlist.find(self.request.db, self.request.actor, key)
        return Wishlist(self, key, row) if row else None


class Wishlist(RowResource["rows.WishlistRow"]):
    """A wishlist; `row` has the columns of `services.wishlist.find`.

    A guest's list has no row. It stands for the default list of the account they will log in to.
    """

    __parent__: Wishlists
    examples = ({"owner_id": "its owner", "visibility": "link"}, None)

    def __init__(self, parent: Resource, name: str, row: rows.WishlistRow | None) -> None:
        super().__init__(parent, name, row)
        # A guest must log in to have a list, but may view a shared one.
        self.members_only = row is None
        shared = row is not None and row.visibility != "private"
        owner = Authenticated if row is None else f"user:{row.owner_id}"
        self.__acl__ = (
            (Allow, owner, ("view", "add", "edit", "delete")),
            *([(Allow, Everyone, "view")] if shared else []),
            DENY_ALL,
        )

    def key(self) -> Key | None:
        row = self.found
        if row is None:
            return None
        return (row.version, row.stamp, row.owner_stamp, row.courses_stamp, row.categories_stamp)

    def find(self, slug: Slug, /) -> Wish | None:
        request, found = self.request, self.found
        if found is None:
            return Wish(self, slug, None)
        row = wish.find(request.db, found.id, slug, owner=found.owner_id == request.actor.id)
        return Wish(self, slug, row) if row else None


class Wish(RowResource["rows.WishRow"]):
    """A course on a wishlist, or one that the owner of the list may add."""

    __parent__: Wishlist
    # A guest's form, such as the wishlist button, is stored, and submitted after the login.
    stores_forms = True

    def came_from(self) -> str:
        """Return the URL of the course. Guests return there, because they may not view wishes."""
        return Root(self.request)["courses"].url(str(self.__name__))

    def key(self) -> Key | None:
        row, above = self.found, self.__parent__.key()
        if row is None or above is None:
            return None
        return (row.wish_version or 0, *above, row.stamp, row.category_stamp)


class Account(Resource):
    """The current user's account.

    Guests can only log in, register, confirm an email address, or reset a password.
    """

    members_only = True
    __acl__ = ((Allow, Authenticated, ("view", "add", "edit", "delete")), DENY_ALL)


class PublicForm(Resource):
    """A form for login, logout and the like, which everyone may use."""

    __parent__: Account
    __acl__: Acl = ((Allow, Everyone, ("view", "add")),)


class Login(PublicForm):
    """The login form."""


class Logout(PublicForm):
    """The logout form."""


class Registration(PublicForm):
    """The registration form."""


class Reset(PublicForm):
    """The form to request an emailed link for a new password."""


class Confirmation(PublicForm):
    """The form to confirm an email address, opened from an emailed link. Not for API tokens."""

    __acl__ = ((Deny, "by:token", "add"), (Allow, Everyone, ("view", "add")))


class Password(Resource):
    """The current user's password, which can be changed but not viewed."""

    __parent__: Account


class Sessions(OwnRows):
    """The current user's sessions, one for each browser."""

    def find(self, id: RowId, /) -> Session | None:  # noqa: A002
        settings = self.request.settings
        return self.own(Session, str(id), lambda db, me: session.find(db, me, id, settings))


class Session(RowResource["rows.SessionRow"]):
    """A session; `row` has the columns of `services.session.find`."""

    __parent__: Sessions


class Tokens(OwnRows):
    """The current user's API tokens. A token cannot create tokens, which would outlive it."""

    __acl__ = ((Deny, "by:token", "add"),)

    def find(self, id: RowId, /) -> Token | None:  # noqa: A002
        return self.own(Token, str(id), lambda db, me: token.find(db, me, id))


class Token(RowResource["rows.TokenRow"]):
    """An API token; `row` has the columns of `services.token.find`."""

    __parent__: Tokens


class Invitations(OwnRows):
    """The current user's invitations to teach; answering requires a confirmed email address."""

    for_confirmed = True

    def find(self, slug: Slug, /) -> Invitation | None:
        return self.own(Invitation, slug, lambda db, me: invitation.find(db, me, slug))

    def moved(self, name: str) -> Invitation | None:
        # A guest must not learn which courses exist.
        if self.request.actor.id is None:
            return None
        # Users may be invited to teach a draft, which they may not view yet.
        slug = course.find_former(self.request.db, OPERATOR, name)
        return self.find(slug) if slug else None


class Invitation(RowResource["rows.AnsweredInvitation"]):
    """An invitation; `row` has the columns of `services.invitation.find`."""

    __parent__: Invitations


class OwnAudit(Resource):
    """The security log of the current user's account."""
