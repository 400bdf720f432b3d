"""Row classes match their selects: the names of the columns, their types, and nullability."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import JSON, Join, Label, Select, create_engine, select
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session
from sqlalchemy.sql.visitors import iterate
from sqlalchemy.types import NullType

from courseshop import schemas
from courseshop.database.compiled import CompiledStatement
from courseshop.database.types import Money, UtcDateTime
from courseshop.domain.actor import GUEST
from courseshop.models import rows
from courseshop.models.course import Outline
from courseshop.schemas.base import PageQuery
from courseshop.schemas.course import FIELDS
from courseshop.schemas.moderation import ModerationQuery
from courseshop.services import (
    audit,
    category,
    course,
    doctor,
    facet,
    instructor,
    instructor_count,
    invitation,
    job,
    moderation,
    news,
    own_courses,
    pending_action,
    profile,
    recount,
    related,
    reply,
    report,
    review,
    search,
    session,
    sitemap,
    status,
    token,
    user,
    wish,
    wishlist,
)
from courseshop.services.review import reading

# All reads of each row class: columns, a select, or a function that queries a session.
SELECTS = {
    rows.Account: [doctor.without_wishlist],
    rows.AnsweredInvitation: [lambda db: invitation.find(db, 1, "brewing")],
    rows.AuditRow: [lambda db: audit.listing(db, PageQuery())],
    rows.AuthorRecord: [lambda db: review.record_of(db, 1)],
    rows.PendingFormRow: [lambda db: pending_action.find(db, "secret")],
    rows.CategoryRow: [category.COLUMNS],
    rows.ComparedCourse: [lambda db: course.comparable(db, GUEST, ["brewing"])],
    rows.CourseHead: [course.HEADS],
    rows.CourseRow: [course.NAMED],
    rows.SessionHolder: [session.HOLDER],
    rows.FormerReview: [lambda db: review.former(db, 1)],
    rows.HeldWish: [wish._HELD],
    rows.IndexedCourse: [search.wrong],
    rows.InstructorOfCourse: [instructor.OF_COURSES, instructor.OF_ONE],
    rows.InstructorRow: [
        lambda db: instructor.find(db, 1, "ann"),
        lambda db: invitation.of_course(db, 1),
        lambda db: invitation.find_invitee(db, 1, "ann"),
    ],
    rows.InstructorTotals: [instructor_count.OF_COURSE],
    rows.InvitationRow: [invitation.COLUMNS],
    rows.ListedInvitation: [lambda db: invitation.listing(db, 1, PageQuery())],
    rows.JobRow: [job.COLUMNS],
    rows.ListChoice: [lambda db: wish.lists_with(db, 1, 1)],
    rows.ListedCourse: [course.IN_LISTS, lambda db: course.of_ids(db, [1])],
    rows.Login: [lambda db: user.credentials(db, "ann")],
    rows.ReviewWithCourse: [
        lambda db: review.of_ids(db, [1]),
        lambda db: review.public_of(db, 1, 5),
    ],
    rows.NewCourse: [news.newest],
    rows.OwnCourse: [own_courses.COURSES_OF],
    rows.PriceChangeRow: [lambda db: wish.price_changes(db, 1, 1)],
    rows.ProfileRow: [lambda db: profile.find(db, "ann")],
    rows.RecountedCourse: [recount.COLUMNS],
    rows.RelatedRow: [related.OF_COURSE],
    rows.ReplyNews: [lambda db: reply.news(db, 1)],
    rows.ReportRow: [report.ROWS],
    rows.ReviewRow: [reading._ROWS],
    rows.SearchedCourse: [lambda db: search.index(db, 1)],
    rows.SessionRow: [session.COLUMNS],
    rows.SitemapRow: [kind.rows for kind in sitemap.KINDS.values()],
    rows.StatusChangeRow: [lambda db: status.history(db, 1)],
    rows.SuggestedCourse: [lambda db: search.suggestions(db, "brewing")],
    rows.TaughtCourse: [instructor_count.TAUGHT],
    rows.TokenHolder: [token.HOLDER],
    rows.TokenRow: [token.COLUMNS],
    rows.UserRow: [user.COLUMNS],
    rows.UserWithPassword: [lambda db: user.lock(db, 1), lambda db: user.find_with_password(db, 1)],
    rows.WaitingRow: [lambda db: moderation.queue(db, ModerationQuery())],
    rows.Watched: [review._WATCHED],
    rows.WishRow: [wish._FOUND],
    rows.WishedCourse: [lambda db: wish.listing(db, 1)],
    rows.WishlistRow: [wishlist._ROWS],
}
# Base classes of several row classes.
PARTS = {
    rows.CategoryNames,
    rows.CredentialHolder,
    rows.FacetFacts,
    rows.Identified,
    rows.NamedCourse,
    rows.PersonName,
    rows.RatingCounters,
    rows.TeachingTotals,
}
# The row classes import their types for mypy only, so the names are looked up here.
MODULES = [
    import_module(f"courseshop.schemas.{one.name}") for one in iter_modules(schemas.__path__)
]
NAMES = {name: value for module in MODULES for name, value in vars(module).items()}


# The types whose Python types SQLAlchemy does not know.
OWN_TYPES = {
    UtcDateTime: {datetime},
    Money: {Decimal},
    Outline: {list},
    JSON: {list, dict},
    NullType: {NoneType},
}


class RecordingSession(Session):
    """A session that records its statements and finds nothing: there is no database."""

    def __init__(self):
        super().__init__(create_engine("sqlite://"))
        self.asked = []

    def execute(self, statement, *_values, **_options):
        self.asked.append(statement)
        return IteratorResult(SimpleResultMetaData(()), iter(()))

    def scalar(self, *_asked, **_options):
        return None


def selects(row):
    """Yield the selects of a class."""
    for source in SELECTS[row]:
        if isinstance(source, CompiledStatement):
            yield source.statement
        elif isinstance(source, tuple):
            yield select(*source)
        elif isinstance(source, Select):
            yield source
        else:
            yield from recorded(source)


def recorded(source):
    db = RecordingSession()
    # Some functions expect exactly one row.
    with suppress(NoResultFound):
        source(db)
    assert db.asked
    return db.asked


def columns(row):
    """Yield each column of each select of a class: the select, the name, the column."""
    for statement in selects(row):
        for name, column in statement.selected_columns.items():
            yield statement, name, column.element if isinstance(column, Label) else column


def declared_types(row):
    """Return the declared types by field name; NoneType means that it may be null."""
    return {name: plain(hint) for name, hint in get_type_hints(row, localns=NAMES).items()}


def plain(hint):
    if get_origin(hint) is Literal:
        return {type(value) for value in get_args(hint)}
    if get_origin(hint) in {list, dict}:
        return {get_origin(hint)}
    return set().union(*map(plain, get_args(hint))) or {hint}


def types_of(column):
    """Return the Python types of a column."""
    known = OWN_TYPES.get(type(column.type))
    return known or {column.type.python_type}


def may_be_null(statement, column):
    """Return whether a value may be null by its table or an outer join, or None if unknown."""
    if isinstance(column.type, NullType):
        return True
    if not hasattr(column, "nullable"):
        return None
    sources = statement.get_final_froms() if isinstance(statement, Select) else ()
    joins = [one for of in sources for one in iterate(of) if isinstance(one, Join)]
    return column.nullable or column.table in {one.right for one in joins if one.isouter}


def nullable(row):
    """Return by name whether a value may be null in a row of the class or of a subclass."""
    found = {}
    for subclass in SELECTS:
        for statement, name, column in columns(subclass) if row in subclass.__mro__ else ():
            found.setdefault(name, []).append(may_be_null(statement, column))
    return {name: any(may) for name, may in found.items() if None not in may}


@pytest.mark.parametrize("row", SELECTS, ids=lambda row: row.__name__)
def test_row_class_matches_its_selects(row):
    declared, may_be = declared_types(row), nullable(row)
    for statement in selects(row):
        # Only templates and clients read the fields that a class does not name.
        assert {*statement.selected_columns.keys()} - (FIELDS.keys() - declared) == {*declared}
    for _statement, name, column in columns(row):
        assert name not in declared or declared[name] & types_of(column), name
    for name in declared.keys() & may_be.keys():
        assert (NoneType in declared[name]) == may_be[name], name


def test_every_row_class_has_selects():
    assert {getattr(rows, name) for name in rows.__all__} == SELECTS.keys() | PARTS


def test_counted_facets_are_in_order_of_their_columns():
    assert [column.key for column in facet.COUNTED] == [*facet.Columns._fields]
