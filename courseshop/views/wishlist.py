from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import Any

from courseshop.resources import Wishlist, Wishlists
from courseshop.schemas import PageQuery
from courseshop.schemas.wishlist import (
    WishlistDraft,
    WishlistOut,
    WishlistPatch,
    WishlistQuery,
    WishlistRef,
    WishlistsOut,
)
from courseshop.services import wish
from courseshop.services import wishlist as service
from courseshop.views import collection, created, page
from courseshop.views.course import money, person
from courseshop.views.links import root_of
from courseshop.views.notices import notify
from courseshop.views.wish import items_of

LIST = "courseshop:templates/wishlist/list.jinja2"
ONE = "courseshop:templates/wishlist/wishlist.jinja2"
EDIT = "courseshop:templates/wishlist/edit.jinja2"
DELETE = "courseshop:templates/wishlist/delete.jinja2"
MINUTES = 60


@page(context=Wishlists, renderer=LIST, accepts=PageQuery, returns=WishlistsOut)
def wishlists(place: Wishlists, request: Any) -> dict[str, Any]:
    """List one's own wishlists, the default one first."""
    found = service.listing(request.db, request.actor.id, request.accepted)
    items = [wishlist_ref(request, row) for row in found.rows]
    return collection(place, request, found, items, url=place.url())


@page(
    context=Wishlists,
    request_method="POST",
    renderer=LIST,
    permission="add",
    accepts=WishlistDraft,
    returns=WishlistOut,
)
def add(place: Wishlists, request: Any) -> dict[str, Any]:
    """Make a wishlist."""
    draft, most = request.accepted, request.shop.wishlists_limit
    key = service.add(request.db, request.actor.id, draft.name, draft.visibility, most)
    made: Any = place[key]
    created(request, made)
    notify(request, "wishlist-made")
    return wishlist_out(made, request)


@page(context=Wishlist, renderer=ONE, accepts=WishlistQuery, returns=WishlistOut)
def wishlist(place: Wishlist, request: Any) -> dict[str, Any]:
    """Show a wishlist."""
    return wishlist_out(place, request, request.accepted.hours)


@page(context=Wishlist, name="edit", renderer=EDIT, permission="edit", returns=WishlistOut)
def edit(place: Wishlist, request: Any) -> dict[str, Any]:
    """Show the form to rename a wishlist, and to share it."""
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
def change(place: Wishlist, request: Any) -> dict[str, Any]:
    """Rename a wishlist, share it or stop that, or give it a new address."""
    sent = request.accepted.model_dump(exclude={"version"})
    new_address = sent.pop("new_address", False)
    key = service.edit(request.db, place.row, sent, new_address=new_address)
    changed: Any = root_of(request)["wishlists"][key]
    request.response.location = changed.url()
    notify(request, "saved")
    return wishlist_out(changed, request)


@page(context=Wishlist, name="delete", renderer=DELETE, permission="delete", returns=WishlistOut)
def ask(place: Wishlist, request: Any) -> dict[str, Any]:
    """Ask whether to delete a wishlist."""
    return wishlist_out(place, request)


@page(context=Wishlist, request_method="DELETE", renderer=DELETE, permission="delete")
@page(context=Wishlist, name="delete", request_method="POST", renderer=DELETE, permission="delete")
def remove(place: Wishlist, request: Any) -> None:
    """Delete a wishlist with its wishes."""
    service.remove(request.db, place.row)
    request.response.location = root_of(request)["wishlists"].url()
    notify(request, "wishlist-deleted")


def wishlist_ref(request: Any, row: Any) -> WishlistRef:
    return {
        "key": row.key,
        "url": root_of(request)["wishlists"].url(row.key),
        "name": row.name,
        "visibility": row.visibility,
        "default": row.default_of is not None,
        "count": row.wishes,
        "version": row.version,
    }


def wishlist_out(place: Wishlist, request: Any, hours: int = 5) -> dict[str, Any]:
    row = place.row
    items = items_of(place, wish.listing(request.db, row.id))
    return {
        **wishlist_ref(request, row),
        "owner": person(request, row.username, row.owner_name),
        "items": items,
        "totals": totals(request, items, hours),
        "links": place.links(),
        "own": row.owner_id == request.actor.id,
        "lists": root_of(request)["wishlists"].url(),
    }


def totals(request: Any, items: Any, hours: int) -> dict[str, Any]:
    """Return what the courses that are there cost and take together."""
    there = [one["course"] for one in items if one["course"]]
    minutes = sum(one["duration_minutes"] for one in there)
    price = sum((Decimal(one["price"]["amount"]) for one in there), Decimal(0))
    return {
        "price": money(request, price),
        "duration_minutes": minutes,
        "hours_per_week": hours,
        "weeks": ceil(minutes / (hours * MINUTES)),
    }
