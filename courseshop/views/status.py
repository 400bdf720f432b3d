from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import MISSING

from courseshop.domain.errors import Stale
from courseshop.framework.add_page import page
from courseshop.framework.conditional import STALE
from courseshop.framework.notices import notify
from courseshop.resources import Course
from courseshop.schemas.status import StatusDraft, StatusOut
from courseshop.services import status
from courseshop.views.course import named, person
from courseshop.views.course_rules import publishing_rules, rules_of_edit
from courseshop.views.writing import reread

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.schemas.status import StatusChangeOut

STATUS = "courseshop:templates/course/status.jinja2"


@page(context=Course, name="status", renderer=STATUS, permission="edit", returns=StatusOut)
def show(place: Course, request: Request) -> PageData:
    """Show the status of a course, its history, and the statuses it may change to."""
    return status_out(place, request)


def status_out(place: Course, request: Request) -> PageData:
    return {
        "course": named(place),
        "status": place.row.status,
        "version": place.row.version,
        "moves": publishing_rules(request).moves_from(place.row.status),
        "publishing": request.settings.publishing,
        "history": history(place, request),
        "links": {
            "self": place.url("status"),
            "course": place.url(),
            "delete": place.url("delete"),
        },
    }


@page(
    context=Course,
    name="status",
    request_method="POST",
    renderer=STATUS,
    permission="edit",
    accepts=StatusDraft,
    returns=StatusOut,
    answers=(409,),
    rules=rules_of_edit,
)
def move(place: Course, request: Request[StatusDraft]) -> PageData:
    """Change the status of a course, with a comment that gives the reason."""
    draft = request.accepted
    if draft.version is not MISSING and draft.version != place.row.version:
        raise Stale("version", "stale", STALE)
    if status.move(request.db, publishing_rules(request), place.row, draft.status, draft.comment):
        notify(request, f"course-{draft.status}")
    request.response.location = place.url("status")
    return status_out(reread(request, place.row.slug), request)


def history(place: Course, request: Request) -> list[StatusChangeOut]:
    return [
        {
            "at": row.at,
            "by": None
            if row.username is None or row.name is None
            else person(request, row.username, row.name),
            "old": row.old,
            "new": row.new,
            "comment": row.comment,
        }
        for row in status.history(request.db, place.row.id)
    ]
