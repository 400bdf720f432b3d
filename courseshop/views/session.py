from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.framework.responses import collection
from courseshop.resources import Session, Sessions
from courseshop.schemas.account import SessionsEnd
from courseshop.schemas.base import PageQuery
from courseshop.schemas.session import SessionOut, SessionsEndOut, SessionsOut
from courseshop.security import own_id
from courseshop.services import session as service
from courseshop.services import token
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

LIST = "courseshop:templates/session/list.jinja2"
ONE = "courseshop:templates/session/session.jinja2"
DELETE = "courseshop:templates/session/delete.jinja2"


@page(context=Sessions, renderer=LIST, accepts=PageQuery, returns=SessionsOut)
def sessions(place: Sessions, request: Request[PageQuery]) -> PageData:
    """List the current user's sessions, one for each browser."""
    found = service.listing(request.db, own_id(request), request.accepted, request.settings)
    items = [session_out(Session(place, str(row.id), row)) for row in found.rows]
    tokens = token.count(request.db, own_id(request))
    return collection(place, request, found, items, end_all=place.url("delete"), tokens=tokens)


@page(
    context=Sessions,
    name="delete",
    renderer=DELETE,
    permission="delete",
    returns=SessionsEndOut,
)
def ask(place: Sessions, request: Request) -> SessionsEndOut:
    """Ask for confirmation to log out everywhere."""
    return {"tokens": token.count(request.db, own_id(request)), "links": place.links()}


@page(
    context=Sessions,
    request_method="DELETE",
    renderer=LIST,
    permission="delete",
    accepts=SessionsEnd,
)
@page(
    context=Sessions,
    name="delete",
    request_method="POST",
    renderer=DELETE,
    permission="delete",
    accepts=SessionsEnd,
)
def end_all(_place: Sessions, request: Request[SessionsEnd]) -> None:
    """Log out everywhere, including this browser.

    API tokens keep working unless `revoke_tokens` is true.
    """
    service.end_all(request.db, request.actor, own_id(request))
    if request.accepted.revoke_tokens:
        token.revoke_all(request.db, request.actor, own_id(request))
    notify(request, "sessions-ended")
    request.response.location = root_of(request).url()


@page(context=Session, renderer=ONE, returns=SessionOut)
def session(place: Session, _request: Request) -> SessionOut:
    """Show a session."""
    return session_out(place)


@page(context=Session, request_method="DELETE", renderer=ONE, permission="delete")
@page(context=Session, name="delete", request_method="POST", renderer=ONE, permission="delete")
def end(place: Session, request: Request) -> None:
    """Log out one browser."""
    service.end(request.db, request.actor, place.row.id)
    notify(request, "session-ended")
    request.response.location = place.__parent__.url()


def session_out(place: Session) -> SessionOut:
    row, proof = place.row, place.request.credential
    return {
        "id": row.id,
        "url": place.url(),
        "device": row.device,
        "created_at": row.created_at,
        "used_at": row.used_at,
        "expires_at": row.expires_at,
        "current": bool(proof and (proof.kind, proof.id) == ("session", row.id)),
        "links": place.links(),
    }
