from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.resources import Invitation, Invitations
from courseshop.schemas.base import Switch
from courseshop.schemas.invitation import InvitationOut, InvitationsOut
from courseshop.services import invitation as service
from courseshop.views.course import person
from courseshop.views.links import course_url

if TYPE_CHECKING:
    from courseshop.framework.resource import Resource

LIST = "courseshop:templates/invitation/list.jinja2"
ONE = "courseshop:templates/invitation/invitation.jinja2"


@page(context=Invitations, renderer=LIST, returns=InvitationsOut)
def invitations(place: Invitations, request: Any) -> InvitationsOut:
    """List the courses that one is invited to give, the newest invitation first."""
    return {"items": waiting(place, request), "links": {"self": place.url()}}


def waiting(place: Resource, request: Any) -> list[InvitationOut]:
    """Return the invitations that hang in `place` for whoever asks."""
    rows = service.of_person(request.db, request.actor.id)
    return [invitation_out(Invitation(place, row.slug, row), accepted=False) for row in rows]


@page(context=Invitation, renderer=ONE, returns=InvitationOut)
def show(place: Invitation, _request: Any) -> InvitationOut:
    """Show an invitation."""
    return invitation_out(place, accepted=bool(place.row.accepted))


@page(
    context=Invitation,
    request_method="PUT",
    renderer=ONE,
    permission="edit",
    returns=InvitationOut,
    answers=(409,),
)
def accept(place: Invitation, request: Any) -> InvitationOut:
    """Accept an invitation: one gives the course from now on."""
    row = place.row
    if service.accept(request.db, row.course_id, request.actor.id):
        notify(request, "invitation-accepted")
    request.response.location = course_url(request, row.slug)
    return invitation_out(place, accepted=True)


@page(context=Invitation, request_method="DELETE", renderer=ONE, permission="delete")
def decline(place: Invitation, request: Any) -> None:
    """Decline an invitation; one who gives the course already goes on."""
    if service.withdraw(request.db, place.row.course_id, request.actor.id):
        notify(request, "invitation-declined")
    request.response.location = place.__parent__.url()


@page(
    context=Invitation,
    request_method="POST",
    renderer=ONE,
    permission="edit",
    accepts=Switch,
    returns=InvitationOut,
    answers=(409,),
)
def answer(place: Invitation, request: Any) -> Any:
    """Accept or decline an invitation by a form."""
    return accept(place, request) if request.accepted.on else decline(place, request)


def invitation_out(place: Invitation, *, accepted: bool) -> InvitationOut:
    row, request = place.row, place.request
    by = person(request, row.inviter_username, row.inviter_name) if row.inviter_username else None
    url = course_url(request, row.slug)
    return {
        "course": {"slug": row.slug, "title": row.title, "url": url},
        "by": by,
        "created_at": row.created_at,
        "accepted": accepted,
        "url": place.url(),
        "links": place.links(),
    }
