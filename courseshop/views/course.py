from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from courseshop.domain.i18n import _
from courseshop.domain.money import as_text
from courseshop.framework.add_page import page
from courseshop.rendering.locales import translate
from courseshop.resources import Course
from courseshop.schemas.course import shown_in
from courseshop.schemas.course_page import CourseOut
from courseshop.services import instructor, rating, status, wish
from courseshop.views.card import card_url
from courseshop.views.course_rules import publishing_rules
from courseshop.views.linked_data import breadcrumbs
from courseshop.views.links import category_url, course_url, login_url, person_url, wish_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import (
        CategoryNames,
        ListedCourse,
        PersonName,
        RatingCounters,
        TeachingTotals,
    )
    from courseshop.schemas.base import MoneyOut
    from courseshop.schemas.course import (
        CategoryRef,
        CourseSummary,
        PersonRef,
        RatingOut,
        Status,
    )
    from courseshop.schemas.course_page import InstructorFacts, WholeCourse

    class CoursePage(WholeCourse):
        """A course, with the data that only its HTML page shows."""

        card: str
        enrolled: bool
        may_enrol: bool
        feed: str


Page = TypeVar("Page", bound="CourseSummary")
# The fields of a course in the JSON of lists, and the further ones on its page.
IN_LISTS, IN_PAGE = shown_in("lists"), shown_in("page")


@page(context=Course, renderer="courseshop:templates/course/course.jinja2", returns=CourseOut)
def course(place: Course, request: Request) -> PageData:
    """Show a course."""
    found = course_out(place, request)
    shelf = found["category"]
    crumbs = breadcrumbs(
        (translate(request, _("Courses")), request.places["courses"]),
        (shelf["title"], shelf["url"]),
        (found["title"], found["url"]),
    )
    return {
        **found,
        "linked_data": [crumbs],
        "next_status": next_status(place, request),
        "submission": submission(place, request),
    }


def submission(place: Course, request: Request) -> str:
    """Return the comment of the instructor who submitted the course, for those who decide."""
    if place.row.status != "submitted" or not request.actor.moderates:
        return ""
    return status.last_comment(request.db, place.row.id)


def next_status(place: Course, request: Request) -> Status | None:
    """Return the status that the page's button for its editors sets, None without a button."""
    if not place.permits("edit"):
        return None
    return publishing_rules(request).next_from(place.row.status)


def course_out(place: Course, request: Request) -> CoursePage:
    """Return all data of the course page."""
    row, guest = place.row, request.actor.id is None
    wished = None if guest else bool(wish.wished(request.db, request.actor, [row.id]))
    shown = summary(request, row, place.instructor_totals, wished)
    found: CoursePage = {
        **shown,
        "card": card_url(place, request, (one["name"] for one in shown["instructors"])),
        "about": {"markdown": row.about_markdown, "html": row.about_html},
        "tags": row.tags,
        "outcomes": row.outcomes,
        "requirements": row.requirements,
        "audience": row.audience,
        "outline": row.outline,
        "instructor_facts": [instructor_facts(request, one) for one in place.instructor_totals],
        "links": {**place.links(), **wish_link(place, guest=guest)},
        "after_login": after_login(place, request) if guest else {},
        "enrolled": row.id in request.actor.enrolled_in,
        "may_enrol": may_enrol(place, request),
        "feed": place.url("feed.atom"),
    }
    return with_values(found, row, IN_PAGE)


def wish_link(place: Course, *, guest: bool) -> dict[str, str]:
    """Return the link to the course on the user's default wishlist, for PUT and DELETE."""
    if guest or place.row.status != "published":
        return {}
    return {"wish": wish_url(place.request, place.row.slug)}


def after_login(place: Course, request: Request) -> dict[str, str]:
    """Return the actions that a guest could take after logging in, with the login URL."""
    there = login_url(request, place)
    return {"wish": there, **({"enrol": there} if may_enrol(place, request) else {})}


def may_enrol(place: Course, request: Request) -> bool:
    """Return whether the current user can enrol for free, if necessary after logging in."""
    actor, row = request.actor, place.row
    mine = row.id in actor.enrolled_in or row.id in actor.teaches
    return row.status == "published" and not row.price and not mine


def named(place: Course) -> dict[str, str]:
    """Return the title and URL of a course, for the breadcrumbs of the pages below it."""
    return {"title": place.row.title, "url": place.url()}


def summaries(request: Request, rows: Sequence[ListedCourse]) -> list[CourseSummary]:
    """Return courses for lists. Two queries: one for instructors, one for wishes."""
    ids = [row.id for row in rows]
    instructors, guest = instructor.of_courses(request.db, ids), request.actor.id is None
    wished = wish.wished(request.db, request.actor, ids)
    return [
        summary(request, row, instructors[row.id], None if guest else row.id in wished)
        for row in rows
    ]


def with_values(found: Page, row: ListedCourse, names: Iterable[str]) -> Page:
    """Add the fields `names` of a course, unless they are there: no code here reads them."""
    # Any: the TypedDict has these keys only at run time.
    filled: Any = {**found, **{name: getattr(row, name) for name in names if name not in found}}
    whole: Page = filled
    return whole


def summary(
    request: Request, row: ListedCourse, instructors: Sequence[PersonName], wished: bool | None
) -> CourseSummary:
    found: CourseSummary = {
        "slug": row.slug,
        "url": course_url(request, row.slug),
        "title": row.title,
        "summary": row.summary,
        "category": category_of(request, row),
        "instructors": [person(request, one.username, one.name) for one in instructors],
        "level": row.level,
        "language": row.language,
        "duration_minutes": row.duration_minutes,
        "price": money(request, row.price),
        "rating": rating_of(row),
        "enrolled_count": row.enrolled_count,
        "status": row.status,
        "published_at": row.published_at,
        "updated_at": row.updated_at,
        "version": row.version,
        "wished": wished,
    }
    return with_values(found, row, IN_LISTS)


def category_of(request: Request, row: CategoryNames) -> CategoryRef:
    """Return the category of a course row."""
    slug = row.category_slug
    return {"slug": slug, "title": row.category_title, "url": category_url(request, slug)}


def person(request: Request, username: str, name: str) -> PersonRef:
    return {"username": username, "name": name, "url": person_url(request, username)}


def instructor_facts(request: Request, row: TeachingTotals) -> InstructorFacts:
    """Return a person with the totals of all their published courses."""
    mean = rating.average(row.rating_sum, row.rating_count)
    return {
        **person(request, row.username, row.name),
        "courses": row.courses,
        "students": row.students,
        "rating": {"average": mean, "count": row.rating_count},
    }


def person_if_known(request: Request, username: str | None, name: str | None) -> PersonRef | None:
    """Return the person in these columns of an outer join, None if the account is gone."""
    return None if username is None or name is None else person(request, username, name)


def money(request: Request, amount: Decimal) -> MoneyOut:
    currency = request.settings.currency
    return {"amount": as_text(amount, currency), "currency": currency}


def rating_of(row: RatingCounters) -> RatingOut:
    return {
        "average": rating.average(row.rating_sum, row.rating_count),
        "count": row.rating_count,
        "histogram": {
            "1": row.rating_1,
            "2": row.rating_2,
            "3": row.rating_3,
            "4": row.rating_4,
            "5": row.rating_5,
        },
    }
