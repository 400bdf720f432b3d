from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.database.stale import ensure_present
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify
from courseshop.framework.responses import created
from courseshop.resources import Instructor, Instructors
from courseshop.schemas.instructor import InstructorDraft, InstructorOut, InstructorsOut
from courseshop.services import instructor, invitation
from courseshop.views.course import named, person
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

LIST = "courseshop:templates/instructor/list.jinja2"
ONE = "courseshop:templates/instructor/instructor.jinja2"
DELETE = "courseshop:templates/instructor/delete.jinja2"


@page(context=Instructors, renderer=LIST, permission="edit", returns=InstructorsOut)
def instructors(place: Instructors, request: Request) -> PageData:
    """List the instructors of a course and the invited users, at most 20."""
    course = place.__parent__
    given = instructor.of_courses(request.db, [course.row.id])[course.row.id]
    asked = invitation.of_course(request.db, course.row.id)
    found = [Instructor(place, row, invited=False) for row in given]
    found += [Instructor(place, row, invited=True) for row in asked]
    return {
        "course": named(course),
        "items": [instructor_out(one) for one in found],
        "links": {"self": place.url(), "course": course.url()},
    }


@page(
    context=Instructors,
    request_method="POST",
    renderer=LIST,
    permission="edit",
    accepts=InstructorDraft,
    returns=InstructorOut,
    answers=(409,),
    repeatable=True,
)
def invite(place: Instructors, request: Request[InstructorDraft]) -> InstructorOut:
    """Invite a user to teach the course."""
    course_id, username = place.__parent__.row.id, request.accepted.username
    invitation.invite(request.db, request.actor, course_id, username)
    found = invitation.find_invitee(request.db, course_id, username)
    made = Instructor(place, ensure_present(found, f"invitee {username}"), invited=True)
    created(request, made)
    if form_of(request) == HTML:
        request.response.location = place.url()
    notify(request, "invited")
    return instructor_out(made)


@page(context=Instructor, renderer=ONE, permission="edit", returns=InstructorOut)
def show(place: Instructor, _request: Request) -> PageData:
    """Show an instructor of a course, or an invited user."""
    return {**instructor_out(place), "course": named(place.__parent__.__parent__)}


@page(
    context=Instructor, name="delete", renderer=DELETE, permission="delete", returns=InstructorOut
)
def ask(place: Instructor, request: Request) -> PageData:
    """Ask for confirmation to remove an instructor or to withdraw an invitation."""
    return {**show(place, request), "myself": place.row.user_id == request.actor.id}


@page(
    context=Instructor,
    request_method="DELETE",
    renderer=DELETE,
    permission="delete",
    answers=(409,),
)
@page(
    context=Instructor,
    name="delete",
    request_method="POST",
    renderer=DELETE,
    permission="delete",
    answers=(409,),
)
def leave(place: Instructor, request: Request) -> None:
    """Remove an instructor, or withdraw an invitation."""
    course, user_id = place.__parent__.__parent__, place.row.user_id
    if place.invited:
        invitation.withdraw(request.db, course.row.id, user_id)
    else:
        instructor.leave(request.db, course.row.id, user_id)
    left = "left" if user_id == request.actor.id else "removed"
    notify(request, "withdrawn" if place.invited else left)
    mine = user_id == request.actor.id and not request.actor.moderates
    request.response.location = (
        root_of(request)["account"].url() if mine else place.__parent__.url()
    )


def instructor_out(place: Instructor) -> InstructorOut:
    row = place.row
    return {
        **person(place.request, row.username, row.name),
        "invited": place.invited,
        "links": place.links(),
    }
