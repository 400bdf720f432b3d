from __future__ import annotations

from decimal import Decimal
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from pydantic import ValidationError

from courseshop.database.request_session import reading_first
from courseshop.database.stale import ensure_present
from courseshop.domain.errors import Conflict, Refused
from courseshop.domain.i18n import _
from courseshop.domain.text import is_blank
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import FORM, media_type
from courseshop.framework.notices import notify
from courseshop.framework.responses import collection, created
from courseshop.framework.table import WISHES, WISHLISTS
from courseshop.resources import Wishlist, Wishlists
from courseshop.schemas.base import PageQuery
from courseshop.schemas.wishlist import (
    WishlistDraft,
    WishlistOut,
    WishlistPatch,
    WishlistQuery,
    WishlistRef,
    WishlistsOut,
)
from courseshop.security import own_id
from courseshop.services import wish
from courseshop.services import wishlist as service
from courseshop.services.share import qr_svg
from courseshop.views.course import money, person
from courseshop.views.links import root_of
from courseshop.views.read_only import check_sent_back, sent_json
from courseshop.views.share import QR
from courseshop.views.wish import items_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.response import Response

    from courseshop.domain.errors import Rule
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import WishlistRow
    from courseshop.schemas.wishlist import Totals, WishItem

LIST = "courseshop:templates/wishlist/list.jinja2"
ONE = "courseshop:templates/wishlist/wishlist.jinja2"
EDIT = "courseshop:templates/wishlist/edit.jinja2"
DELETE = "courseshop:templates/wishlist/delete.jinja2"
MINUTES = 60
# The name of the current user's default list in its URL.
DEFAULT = "default"


@page(context=Wishlists, renderer=LIST, accepts=PageQuery, returns=WishlistsOut, table=WISHLISTS)
def wishlists(place: Wishlists, request: Request[PageQuery]) -> PageData:
    """List the current user's wishlists, the default one first."""
    found = service.listing(request.db, own_id(request), request.accepted)
    items = [wishlist_ref(request, row) for row in found.rows]
    return collection(place, request, found, items, url=place.url())


def rules(_place: Wishlists, request: Request, sent: Mapping[str, str]) -> list[Rule]:
    key = sent.get("copy_of")
    return [partial(find_source, request, key)] if key else []


def find_source(request: Request, key: str) -> WishlistRow:
    """Return the wishlist to copy. Raises Conflict if the user may not view it."""
    with reading_first(request) as db:
        source = service.find(db, request.actor, key)
    if source is None:
        raise Conflict("copy_of", "unknown", _("The wishlist to copy doesn't exist."))
    return source


@page(
    context=Wishlists,
    request_method="POST",
    renderer=LIST,
    permission="add",
    accepts=WishlistDraft,
    returns=WishlistOut,
    answers=(409,),
    rules=rules,
    repeatable=True,
)
def add(place: Wishlists, request: Request[WishlistDraft]) -> PageData:
    """Create a wishlist, optionally with the courses of another one."""
    draft, most = request.accepted, request.settings.wishlists_limit
    source = find_source(request, draft.copy_of) if draft.copy_of else None
    key = service.add(request.db, own_id(request), draft.name, draft.visibility, most)
    if source:
        target = reread(place, key).row
        wish.copy_all(request.db, source.id, target, request.settings.wishes_limit)
    made = reread(place, key)
    created(request, made)
    notify(request, "wishlist-made")
    return wishlist_out(made, request)


@page(context=Wishlist, renderer=ONE, accepts=WishlistQuery, returns=WishlistOut, table=WISHES)
def wishlist(place: Wishlist, request: Request[WishlistQuery]) -> PageData:
    """Show a wishlist."""
    return wishlist_out(place, request, request.accepted.hours)


@page(context=Wishlist, name="edit", renderer=EDIT, permission="edit", returns=WishlistOut)
def edit(place: Wishlist, request: Request) -> PageData:
    """Show the form to rename or share a wishlist."""
    return wishlist_out(place, request)


@page(
    context=Wishlist,
    name="edit",
    request_method="POST",
    renderer=EDIT,
    permission="edit",
    accepts=WishlistPatch,
    returns=WishlistOut,
)
@page(
    context=Wishlist,
    request_method="PATCH",
    renderer=EDIT,
    permission="edit",
    accepts=WishlistPatch,
    returns=WishlistOut,
)
def change(place: Wishlist, request: Request[WishlistPatch]) -> PageData:
    """Rename a wishlist, change its visibility, or give it a new URL."""
    check_sent_back(place, request, query_of_totals(request), [other_address(place)])
    sent = request.accepted.model_dump(include={"name", "visibility", "new_address"})
    name = sent.get("name", place.row.name)
    if name != place.row.name and is_blank(name):
        raise Refused("name", "missing", _("This field is required."))
    if sent.get("visibility", "private") is None:
        sent["visibility"] = WishlistDraft.model_fields["visibility"].default
    new_address = sent.pop("new_address", False)
    key = service.edit(request.db, place.row, sent, new_address=new_address)
    changed = reread(place.__parent__, key)
    request.response.location = changed.url()
    notify(request, "saved")
    return wishlist_out(changed, request)


def query_of_totals(request: Request) -> WishlistQuery | None:
    """Return the query whose totals the client sends back: they depend on its `hours`.

    None for a form, or if there are no valid totals.
    """
    if media_type(request) == FORM:
        return None
    totals = sent_json(request).get("totals")
    hours = totals.get("hours_per_week") if isinstance(totals, dict) else None
    try:
        return WishlistQuery(hours=hours)
    except ValidationError:
        return None


def other_address(place: Wishlist) -> Wishlist:
    """Return the list at its other address; only a default list has two."""
    is_default = place.row.default_of is not None
    name = DEFAULT if is_default and place.__name__ != DEFAULT else place.row.key
    return Wishlist(place.__parent__, name, place.row)


@page(context=Wishlist, name="delete", renderer=DELETE, permission="delete", returns=WishlistOut)
def ask(place: Wishlist, request: Request) -> PageData:
    """Ask for confirmation to delete a wishlist."""
    return wishlist_out(place, request)


@page(
    context=Wishlist,
    request_method="DELETE",
    renderer=DELETE,
    permission="delete",
    answers=(409,),
)
@page(
    context=Wishlist,
    name="delete",
    request_method="POST",
    renderer=DELETE,
    permission="delete",
    answers=(409,),
)
def remove(place: Wishlist, request: Request) -> None:
    """Delete a wishlist and its wishes."""
    service.remove(request.db, place.row)
    request.response.location = root_of(request)["wishlists"].url()
    notify(request, "wishlist-deleted")


@page(context=Wishlist, name=QR, media_type="image/svg+xml")
def qr(place: Wishlist, request: Request) -> Response:
    """Return the URL of a wishlist as a QR code."""
    request.response.content_type = "image/svg+xml"
    request.response.body = qr_svg(wishlist_ref(request, place.row)["url"])
    return request.response


def reread(place: Wishlists, key: str) -> Wishlist:
    """Return a list with its row read again, after a write."""
    found: Wishlist = ensure_present(place.find(key), f"wishlist {key}")
    return found


def at_public_url(place: Wishlist) -> Wishlist:
    """Return the list at the URL with its key; /wishlists/default is each user's own list."""
    return Wishlist(place.__parent__, place.row.key, place.row)


def wishlist_ref(request: Request, row: WishlistRow) -> WishlistRef:
    return {
        "key": row.key,
        "url": root_of(request)["wishlists"].url(row.key),
        "name": row.name,
        "visibility": row.visibility,
        "default": row.default_of is not None,
        "count": row.wishes,
        "version": row.version,
    }


def wishlist_out(place: Wishlist, request: Request, hours: int = 5) -> PageData:
    row = place.row
    wishes = wish.listing(request.db, row.id)
    items = items_of(place, wishes)
    return {
        **wishlist_ref(request, row),
        "owner": person(request, row.username, row.owner_name),
        "items": items,
        "totals": totals(request, items, hours),
        "links": place.links(),
        "own": row.owner_id == request.actor.id,
        "notes": [one.note_html for one in wishes],
        "lists": root_of(request)["wishlists"].url(),
        "qr": place.url(QR),
        "feed": at_public_url(place).url("feed.atom"),
    }


def totals(request: Request, items: list[WishItem], hours: int) -> Totals:
    """Return the total price and duration of the courses that the user may view."""
    there = [course for one in items if (course := one["course"])]
    minutes = sum(one["duration_minutes"] for one in there)
    price = sum((Decimal(one["price"]["amount"]) for one in there), Decimal(0))
    return {
        "price": money(request, price),
        "duration_minutes": minutes,
        "hours_per_week": hours,
        "weeks": ceil(minutes / (hours * MINUTES)),
    }
