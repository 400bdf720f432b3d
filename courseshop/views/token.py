from __future__ import annotations

import re
from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.cookies import delete_cookie, read_cookie, set_cookie
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify
from courseshop.framework.responses import collection, created
from courseshop.resources import Token, Tokens
from courseshop.schemas.base import PageQuery
from courseshop.schemas.token import TokenDraft, TokenOut, TokensOut
from courseshop.security import own_id
from courseshop.services import token as service
from courseshop.services.secret import TOKEN
from courseshop.views.proof import require_proof

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

LIST = "courseshop:templates/token/list.jinja2"
ONE = "courseshop:templates/token/token.jinja2"
DELETE = "courseshop:templates/token/delete.jinja2"
# A cookie passes a new token to the next page, which shows the token and deletes the cookie.
COOKIE = "courseshop_token"
SECONDS = 60


@page(context=Tokens, renderer=LIST, accepts=PageQuery, returns=TokensOut)
def tokens(place: Tokens, request: Request[PageQuery]) -> PageData:
    """List the current user's API tokens."""
    found = service.listing(request.db, own_id(request), request.accepted)
    items = [token_out(Token(place, str(row.id), row)) for row in found.rows]
    return collection(place, request, found, items, new=new_token(request))


@page(
    context=Tokens,
    request_method="POST",
    renderer=LIST,
    permission="add",
    check=require_proof,
    accepts=TokenDraft,
    returns=TokenOut,
    answers=(409,),
)
def add(place: Tokens, request: Request[TokenDraft]) -> TokenOut:
    """Create an API token.

    Only this response contains the token itself. Needs a session whose password was given in the
    last 15 minutes; otherwise 403 `proof-needed`.
    """
    db, me = request.db, own_id(request)
    token_id, text = service.add(db, request.actor, me, request.accepted)
    made = Token(place, str(token_id), service.find(db, me, token_id))
    created(request, made)
    if form_of(request) == HTML:
        request.response.location = place.url()
        notify(request, "token-made")
        set_cookie(request, COOKIE, text, seconds=SECONDS, samesite="Strict")
    return {**token_out(made), "token": text}


@page(context=Token, renderer=ONE, returns=TokenOut)
def token(place: Token, _request: Request) -> TokenOut:
    """Show an API token, without the token itself."""
    return token_out(place)


@page(context=Token, name="delete", renderer=DELETE, permission="delete", returns=TokenOut)
def ask(place: Token, _request: Request) -> TokenOut:
    """Ask for confirmation to revoke an API token."""
    return token_out(place)


@page(context=Token, request_method="DELETE", renderer=ONE, permission="delete")
@page(context=Token, name="delete", request_method="POST", renderer=DELETE, permission="delete")
def revoke(place: Token, request: Request) -> None:
    """Revoke an API token.

    Requests with it are rejected from now on.
    """
    service.revoke(request.db, request.actor, own_id(request), place.row)
    notify(request, "token-revoked")
    request.response.location = place.__parent__.url()


def new_token(request: Request) -> str | None:
    """Return the token just created in this browser, and delete its cookie; otherwise None."""
    text = read_cookie(request, COOKIE) or ""
    if form_of(request) != HTML or not re.fullmatch(TOKEN, text):
        return None
    delete_cookie(request, COOKIE)
    return text


def token_out(place: Token) -> TokenOut:
    row = place.row
    return {
        "id": row.id,
        "url": place.url(),
        "name": row.name,
        "scope": row.scope,
        "created_at": row.created_at,
        "used_at": row.used_at,
        "expires_at": row.expires_at,
        "links": place.links(),
    }
