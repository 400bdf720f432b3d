from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from courseshop.database.stale import StaleEdit, ensure_present
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify
from courseshop.framework.responses import collection
from courseshop.framework.return_to import return_url
from courseshop.resources import Moderation, Review
from courseshop.schemas.base import ReturnQuery
from courseshop.schemas.moderation import (
    Decisions,
    ModerationOut,
    ModerationQuery,
    OneDecision,
    ReviewCaseOut,
)
from courseshop.services import course, report, review
from courseshop.services import moderation as service
from courseshop.views.course import named, summaries
from courseshop.views.links import root_of
from courseshop.views.report import FIRST_REPORTS, report_out
from courseshop.views.review import course_ref, place_of, reread, review_out
from courseshop.views.review_history import former_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ReviewWithCourse
    from courseshop.schemas.course import CourseSummary
    from courseshop.schemas.moderation import CourseTask, Kind, Reviewer, ReviewTask
    from courseshop.schemas.report import Outcome, Reason

    Tasks = Mapping[int, CourseTask | ReviewTask]

LIST = "courseshop:templates/moderation/list.jinja2"
CASE = "courseshop:templates/moderation/review.jinja2"


@page(context=Moderation, renderer=LIST, accepts=ModerationQuery, returns=ModerationOut)
def moderation(place: Moderation, request: Request[ModerationQuery]) -> PageData:
    """List the moderation queue, longest waiting first."""
    found = service.queue(request.db, request.accepted)
    since: dict[Kind, dict[int, datetime]] = {"course": {}, "review": {}}
    for row in found.rows:
        since[row.kind][row.row_id] = row.since
    known = {kind: tasks(request, since[kind]) for kind, tasks in TASKS.items()}
    # Tasks that were decided between the two queries are missing.
    items = [task for row in found.rows if (task := known[row.kind].get(row.row_id))]
    facts = {
        "kind": request.accepted.kind,
        "tabs": tabs(place, request.accepted.kind),
        "chosen": [value for name, value in request.sent_fields if name == "reviews"],
        "choices": common_choices(items),
        "wrong": wrong_reviews(request),
    }
    return collection(place, request, found, items, **facts)


def wrong_reviews(request: Request) -> dict[str, str]:
    """Return the messages about the reviews that were selected in a refused form, by their ids."""
    marks = [value for name, value in request.sent_fields if name == "reviews"]
    found = {}
    for fault in request.faults:
        name, _dot, at = fault["field"].partition(".")
        if name == "reviews" and at.isdigit() and int(at) < len(marks):
            found[marks[int(at)].partition(".")[0]] = fault["message"]
    return found


def tabs(place: Moderation, kind: Kind | None) -> list[PageData]:
    """Return the links to the whole queue, and to one kind of items."""
    names: dict[Kind | None, str] = {None: _("All"), "course": _("Courses"), "review": _("Reviews")}
    urls = {one: place.url(query={"kind": one} if one else None) for one in names}
    return [
        {"label": label, "url": urls[one], "here": "page" if one == kind else None}
        for one, label in names.items()
    ]


def common_choices(items: Sequence[CourseTask | ReviewTask]) -> list[Outcome]:
    """Return the decisions that are possible for some of the reviews, the most common one first.

    Hiding comes last: a moderator rarely wants to hide several reviews at once.
    """
    counted = Counter(
        choice for one in items if one["kind"] == "review" for choice in one["choices"]
    )
    return sorted(counted, key=lambda choice: (choice == "hide", -counted[choice]))


@page(
    context=Moderation,
    request_method="POST",
    renderer=LIST,
    permission="moderate",
    accepts=Decisions,
    answers=(409,),
)
def decide_all(place: Moderation, request: Request[Decisions]) -> None:
    """Apply one decision to several reviews: to all of them, or to none if one is in conflict."""
    service.decide_all(request.db, request.actor, request.accepted)
    several = "all-" if len(request.accepted.reviews) > 1 else ""
    notify(request, f"decided-{several}{request.accepted.decision}")
    kind = request.GET.get("kind")
    request.response.location = place.url(query={"kind": kind} if kind in TASKS else None)


@page(
    context=Review,
    name="moderate",
    renderer=CASE,
    permission="moderate",
    accepts=ReturnQuery,
    returns=ReviewCaseOut,
)
def show(place: Review, request: Request[ReturnQuery]) -> PageData:
    """Show a review with everything a moderator needs to decide on it."""
    return case(place, request)


def case(place: Review, request: Request) -> PageData:
    # It names the reporters: the Back button must not show it after the logout.
    request.response.headers["Cache-Control"] = "no-store"
    row, db = place.row, request.db
    found = report.listing(db, request.actor, row, FIRST_REPORTS)
    return {
        "review": review_out(place),
        "reviewer": reviewer(request, row.author_id),
        "reports": [report_out(request, one) for one in found.rows],
        "open_reports": sum(report.open_reasons(db, [row.id])[row.id].values()),
        "former": former_texts(request, row.id),
        "choices": service.choices(request.actor, row),
        "version": row.version,
        "links": place.links(),
        "course": named(place.__parent__.__parent__),
        "reply_away": row.reply_version and place["reply"].url("delete"),
        "queue": root_of(request)["moderation"].url(),
        "back": back_url(place),
    }


def back_url(place: Review) -> str:
    """Return the URL of the queue, or of the list that the user came from (at this review)."""
    queue, request = root_of(place.request)["moderation"].url(), place.request
    return return_url(request, f"{queue}#review-{place.row.id}") if request.return_to else queue


@page(
    context=Review,
    name="moderate",
    request_method="POST",
    renderer=CASE,
    permission="moderate",
    accepts=OneDecision,
    returns=ReviewCaseOut,
    answers=(409,),
)
def decide(place: Review, request: Request[OneDecision]) -> PageData | None:
    """Publish a review, hide it, or dismiss its reports."""
    judged = place.row
    row: ReviewWithCourse = ensure_present(
        review.of_ids(request.db, [judged.id]).get(judged.id), f"review {judged.id}"
    )
    if row.version != judged.version:
        raise StaleEdit(f"review {row.id} is no longer at version {judged.version}")
    draft = request.accepted
    service.decide(request.db, request.actor, row, draft, draft.reports)
    notify(request, f"decided-{draft.decision}")
    if form_of(request) == HTML:
        request.response.location = back_url(place)
        return None
    return case(reread(place.__parent__, place.row.id), request)


def courses(request: Request, since: Mapping[int, datetime]) -> dict[int, CourseTask]:
    """Return tasks by course id, in two queries; `since` maps ids to the start of the wait."""
    rows = course.of_ids(request.db, since) if since else []
    shown = zip(rows, summaries(request, rows), strict=True)
    return {row.id: course_task(request, one, since[row.id]) for row, one in shown}


def course_task(request: Request, shown: CourseSummary, since: datetime) -> CourseTask:
    status = root_of(request)["courses"].url(shown["slug"], "status")
    links = {"self": shown["url"], "status": status}
    return {"kind": "course", "since": since, "course": shown, "links": links}


def reviews(request: Request, since: Mapping[int, datetime]) -> dict[int, ReviewTask]:
    """Return tasks by review id, in two queries; `since` maps ids to the start of the wait."""
    rows = review.of_ids(request.db, since) if since else {}
    reasons = report.open_reasons(request.db, rows)
    return {one: review_task(request, row, since[one], reasons[one]) for one, row in rows.items()}


TASKS: dict[Kind, Callable[[Request, Mapping[int, datetime]], Tasks]] = {
    "course": courses,
    "review": reviews,
}


def review_task(
    request: Request, row: ReviewWithCourse, since: datetime, reasons: dict[Reason, int]
) -> ReviewTask:
    place = place_of(request, row)
    return {
        "kind": "review",
        "since": since,
        "course": course_ref(place, row),
        "review": review_out(place),
        "reasons": reasons,
        "choices": service.choices(request.actor, row),
        "links": place.links(),
    }


def reviewer(request: Request, author_id: int | None) -> Reviewer | None:
    if author_id is None:
        return None
    row = review.record_of(request.db, author_id)
    return {"created_at": row.created_at, "reviews": row.reviews, "hidden": row.hidden}
