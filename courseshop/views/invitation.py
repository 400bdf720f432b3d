from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.framework.responses import collection
from courseshop.resources import Invitation, Invitations
from courseshop.schemas.base import PageQuery, Switch
from courseshop.schemas.invitation import InvitationOut, InvitationsOut
from courseshop.security import own_id
from courseshop.services import invitation as service
from courseshop.views.course import person
from courseshop.views.links import course_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.models.rows import InvitationRow

LIST = "courseshop:templates/invitation/list.jinja2"
ONE = "courseshop:templates/invitation/invitation.jinja2"
DELETE = "courseshop:templates/invitation/delete.jinja2"


@page(context=Invitations, renderer=LIST, accepts=PageQuery, returns=InvitationsOut)
def invitations(place: Invitations, request: Request[PageQuery]) -> PageData:
    """List the current user's invitations to teach courses, newest first."""
    found = service.listing(request.db, own_id(request), request.accepted)
    return collection(place, request, found, invitations_out(place, found.rows))


def invitations_out(place: Resource, rows: Sequence[InvitationRow]) -> list[InvitationOut]:
    """Return the current user's pending invitations, as children of `place`."""
    # The URLs and links of an invitation do not depend on its row.
    return [invitation_out(Invitation(place, row.slug, None), row, accepted=False) for row in rows]


@page(context=Invitation, renderer=ONE, returns=InvitationOut)
def show(place: Invitation, _request: Request) -> PageData:
    """Show an invitation."""
    found = invitation_out(place, place.row, accepted=bool(place.row.accepted))
    return {**found, "is_public": place.row.status == "published"}


@page(
    context=Invitation,
    name="delete",
    renderer=DELETE,
    permission="delete",
    returns=InvitationOut,
)
def ask(place: Invitation, _request: Request) -> InvitationOut:
    """Ask for confirmation to decline an invitation."""
    return invitation_out(place, place.row, accepted=bool(place.row.accepted))


@page(
    context=Invitation,
    request_method="PUT",
    renderer=ONE,
    permission="edit",
    returns=InvitationOut,
    answers=(409,),
)
def accept(place: Invitation, request: Request) -> InvitationOut:
    """Accept an invitation, and become an instructor of the course."""
    row = place.row
    if service.accept(request.db, row.course_id, own_id(request)):
        notify(request, "invitation-accepted")
    request.response.location = course_url(request, row.slug)
    return invitation_out(place, row, accepted=True)


@page(context=Invitation, request_method="DELETE", renderer=ONE, permission="delete")
def decline(place: Invitation, request: Request) -> None:
    """Decline an invitation.

    This has no effect on an invitation that was accepted.
    """
    if service.delete_invitation(request.db, place.row.course_id, own_id(request)):
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
def answer(place: Invitation, request: Request[Switch]) -> InvitationOut | None:
    """Form version: accept or decline an invitation."""
    if request.accepted.on:
        return accept(place, request)
    decline(place, request)
    return None


def invitation_out(place: Invitation, row: InvitationRow, *, accepted: bool) -> InvitationOut:
    request, username, name = place.request, row.inviter_username, row.inviter_name
    by = None if username is None or name is None else person(request, username, name)
    url = course_url(request, row.slug)
    return {
        "course": {"slug": row.slug, "title": row.title, "summary": row.summary, "url": url},
        "by": by,
        "created_at": row.created_at,
        "accepted": accepted,
        "url": place.url(),
        "links": place.links(),
    }
