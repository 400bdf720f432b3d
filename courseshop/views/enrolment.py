from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.errors import Conflict
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify
from courseshop.resources import Enrolment
from courseshop.schemas.base import Switch
from courseshop.schemas.enrolment import EnrolmentOut
from courseshop.services import enrolment as service
from courseshop.services import review
from courseshop.views.course import money, named, summary

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

PAGE = "courseshop:templates/enrolment/enrolment.jinja2"


@page(context=Enrolment, renderer=PAGE, returns=EnrolmentOut)
def enrolment(place: Enrolment, request: Request) -> PageData:
    """Show whether the current user is enrolled in a course."""
    course = place.__parent__
    shown = summary(request, course.row, course.instructor_totals, wished=None)
    return {**enrolment_out(place, request), "summary": shown}


@page(
    context=Enrolment,
    request_method="PUT",
    renderer=PAGE,
    permission="add",
    returns=EnrolmentOut,
    answers=(409,),
)
def enrol(place: Enrolment, request: Request) -> PageData:
    """Enrol in a free course.

    Returns 201 the first time, 200 if the user is already enrolled.
    """
    return come(place, request)


def come(place: Enrolment, request: Request) -> PageData:
    course = place.__parent__
    if service.enrol(request.db, request.actor, course.row):
        notify(request, "enrolled")
        if form_of(request) != HTML:
            request.response.status_int = 201
            request.response.location = place.url()
    if form_of(request) == HTML:
        request.response.location = f"{course.url()}#enrolment"
    return enrolment_out(place, request)


@page(context=Enrolment, request_method="DELETE", renderer=PAGE, permission="delete")
def leave(place: Enrolment, request: Request) -> None:
    """Leave a course."""
    course = place.__parent__
    if service.leave(request.db, request.actor, course.row.id):
        notify(request, "unenrolled")
    request.response.location = course.url()


@page(
    context=Enrolment,
    request_method="POST",
    renderer=PAGE,
    permission="add",
    accepts=Switch,
    returns=EnrolmentOut,
    answers=(409,),
)
def switch(place: Enrolment, request: Request[Switch]) -> PageData | None:
    """Form version: enrol in a course, or leave it."""
    if request.accepted.on:
        return come(place, request)
    leave(place, request)
    return None


def enrolment_out(place: Enrolment, request: Request) -> PageData:
    since = service.since(request.db, place.__parent__.row.id, request.actor.id)
    course, guest = place.__parent__, request.actor.id is None
    return {
        "course": course.url(),
        "enrolled": None if guest else since is not None,
        "since": since,
        "url": place.url(),
        "links": place.links(),
        "named": named(course),
        "price": money(request, course.row.price),
        "refusal": refusal(place, request),
        "reviewed": has_review(request, place.__parent__.row.id),
    }


def has_review(request: Request, course_id: int) -> bool:
    """Return whether the current user has a review of a course that is not deleted."""
    row = review.own(request.db, request.actor, course_id)
    return row is not None and row.deleted_at is None


def refusal(place: Enrolment, request: Request) -> str | None:
    """Return why the current user cannot enrol in the course, None if they can."""
    try:
        service.check(request.actor, place.__parent__.row)
    except Conflict as found:
        return found.message
    return None
