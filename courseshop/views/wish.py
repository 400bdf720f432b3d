from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import MISSING
from pyramid.response import Response

from courseshop.database.stale import ensure_present
from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.conditional import is_conditional
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify, notify_about
from courseshop.framework.responses import finish
from courseshop.framework.return_to import return_url, returning
from courseshop.resources import Wish, Wishlist
from courseshop.schemas.base import ReturnQuery
from courseshop.schemas.wishlist import WishDraft, WishMove, WishOut, WishSwitch
from courseshop.services import wish as service
from courseshop.services import wishlist
from courseshop.views.course import summaries
from courseshop.views.links import course_url, root_of
from courseshop.views.read_only import check_sent_back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ListedCourse, WishedCourse, WishRow
    from courseshop.schemas.course import CourseSummary
    from courseshop.schemas.wishlist import WishItem

PAGE = "courseshop:templates/wishlist/wish.jinja2"
DELETE = "courseshop:templates/wishlist/remove.jinja2"


@page(context=Wish, renderer=PAGE, accepts=ReturnQuery, returns=WishOut)
def show(place: Wish, request: Request[ReturnQuery]) -> PageData:
    """Show whether a course is on a wishlist, and its note there."""
    own = place.permits("edit")
    more = {"mover": place.url("move"), "own": own, "lists": lists_of(place) if own else []}
    return {**page_out(place, request), **more}


def page_out(place: Wish, request: Request) -> PageData:
    back = return_url(request, url_on_list(place))
    more = {"url": place.url(), "back": back, "list_name": place.__parent__.row.name}
    return {**wish_out(place), **more, "note_html": place.row.note_html}


@page(
    context=Wish,
    name="delete",
    renderer=DELETE,
    permission="delete",
    accepts=ReturnQuery,
    returns=WishOut,
)
def ask(place: Wish, request: Request[ReturnQuery]) -> PageData:
    """Ask for confirmation to remove a course, and the note on it, from a wishlist."""
    return page_out(place, request)


@page(
    context=Wish,
    request_method="PUT",
    renderer=PAGE,
    permission="add",
    accepts=WishDraft,
    returns=WishOut,
    answers=(409,),
)
def put(place: Wish, request: Request[WishDraft]) -> WishOut:
    """Add a course to a wishlist, or change its note or position there.

    Returns 201 if the course was added, 200 for a change.
    """
    check_sent_back(place, request)
    return wish(place, request)


def wish(place: Wish, request: Request[WishDraft | WishSwitch]) -> WishOut:
    sent, most = request.accepted, request.settings.wishes_limit
    words = service.WishChange(
        note=None if sent.note is MISSING else sent.note or "",
        position=None if sent.position is MISSING else sent.position,
        # Two concurrent requests may add the same course, but not overwrite each other's note.
        version=expected(place, request) if sent.note is MISSING else place.row.wish_version or 0,
    )
    if service.put(request.db, place.__parent__.row, place.row, words, most):
        tell(place, "wished", "wished-on")
        if form_of(request) != HTML:
            request.response.status_int = 201
            request.response.location = place.url()
    return wish_out(reread(place))


def expected(place: Wish, request: Request) -> int | None:
    """Return the version that the wish must still have, None for an unconditional request."""
    return (place.row.wish_version or 0) if is_conditional(request) else None


@page(context=Wish, request_method="DELETE", renderer=PAGE, permission="delete")
def remove(place: Wish, request: Request) -> None:
    """Remove a course from a wishlist."""
    take_off(place, request, expected(place, request))


def take_off(place: Wish, request: Request, version: int | None) -> None:
    if service.remove(request.db, place.__parent__.row, place.row, version):
        tell(place, "unwished", "unwished-from")


def tell(place: Wish, code: str, named: str) -> None:
    """Show the notice `code` for a wish on the default list, `named` for one on another list."""
    row = place.__parent__.row
    if row.default_of is None:
        notify_about(place.request, named, row.name)
    else:
        notify(place.request, code)


@page(
    context=Wish,
    request_method="POST",
    renderer=PAGE,
    permission="add",
    accepts=WishSwitch,
    returns=WishOut,
    answers=(200, 204, 409),
)
def switch(place: Wish, request: Request[WishSwitch]) -> WishOut | Response | None:
    """Form version: add a course to a wishlist, or remove it.

    A form that removes a note must have shown it, and says so by the version of the wish.
    """
    sent, is_form = request.accepted, form_of(request) == HTML
    if is_form and sent.wish == "off" and sent.version is MISSING and place.row.note:
        return ask_first(place, request)
    if is_form:
        request.response.location = way_back(place, sent)
    if sent.wish == "on":
        return wish(place, request)
    # Somebody may add a note meanwhile: then the request is repeated, and asks.
    version = place.row.wish_version or 0 if is_form else expected(place, request)
    take_off(place, request, version)
    return None


def ask_first(place: Wish, request: Request) -> Response:
    """Return a redirect to the page that asks before it removes a note."""
    url = returning(place.url("delete"), request.return_to)
    return finish(Response(status=303, headerlist=[("Location", url)]), request, None)


def way_back(place: Wish, sent: WishSwitch) -> str:
    """Return the URL of the page that a form names: the list, at the wish, or the wish itself."""
    if sent.back == "list" and sent.wish == "on":
        return url_on_list(place)
    if sent.back == "list":
        parent = place.__parent__
        beside = service.neighbor(place.request.db, parent.row.id, place.row.id)
        return f"{parent.url()}#{f'wish-{beside}' if beside else 'wishes'}"
    return place.url() if sent.back == "wish" else course_url(place.request, place.row.slug)


def url_on_list(place: Wish) -> str:
    """Return the URL of the list of a wish, with the part that shows the wish."""
    return f"{place.__parent__.url()}#wish-{place.row.slug}"


@page(
    context=Wish,
    name="move",
    request_method="POST",
    renderer=PAGE,
    permission="edit",
    accepts=WishMove,
    returns=WishOut,
    form="",
    answers=(409,),
    repeatable=True,
)
def move(place: Wish, request: Request[WishMove]) -> WishOut:
    """Move a wish to another list of the same owner, or copy it there."""
    db, sent, row = request.db, request.accepted, place.row
    if row.wish_version is None:
        raise Conflict("", "no_wish", _("This course isn't on this wishlist."))
    target = wishlist.find(db, request.actor, sent.to)
    if target is None or target.owner_id != request.actor.id:
        raise Conflict("to", "unknown", _("You don't have this wishlist."))
    there = Wishlist(root_of(request)["wishlists"], target.key, target)
    source, words = place.__parent__.row, service.WishChange(note=row.note)
    service.expect(db, source, row)
    service.put(db, target, row, words, request.settings.wishes_limit)
    if not sent.keep and target.id != source.id:
        service.remove(db, source, row, row.wish_version)
    notify(request, "wish-moved")
    request.response.location = there.url()
    return wish_out(reread(Wish(there, row.slug, row)))


def reread(place: Wish) -> Wish:
    """Return the place with its row read again, after a write."""
    slug, parent = place.row.slug, place.__parent__
    row = service.find(place.request.db, parent.row.id, slug, owner=True)
    return Wish(parent, slug, ensure_present(row, f"course {slug}"))


def wish_out(place: Wish) -> WishOut:
    """Return the JSON of a wish; the HTML page shows more."""
    row = place.row
    course = viewable(place.request, [row]).get(row.id)
    return {
        "course": course,
        "title": title_of(row, course),
        "note": row.note or None,
        "added_at": row.added_at,
        "version": row.wish_version or 0,
        "links": place.links(),
        "wishlist": place.__parent__.url(),
        "wished": row.wish_version is not None,
    }


def lists_of(place: Wish) -> list[PageData]:
    """Return the owner's lists: whether the course is on each, and its URL there."""
    request, row = place.request, place.row
    parent = root_of(request)["wishlists"]
    return [
        {
            "key": one.key,
            "name": one.name,
            "on": one.on,
            "url": parent.url(one.key, row.slug),
        }
        for one in service.lists_with(request.db, place.__parent__.row.owner_id, row.id)
    ]


def items_of(parent: Wishlist, rows: Sequence[WishedCourse]) -> list[WishItem]:
    """Return wishes as a list shows them, with only the title of a course the user may not view."""
    shown = viewable(parent.request, rows)
    return [
        {
            "course": shown.get(row.id),
            "title": title_of(row, shown.get(row.id)),
            "note": row.note or None,
            "added_at": row.added_at,
            "version": row.wish_version or 0,
            "links": {"self": parent.url(row.slug)},
        }
        for row in rows
    ]


def viewable(request: Request, rows: Sequence[ListedCourse]) -> dict[int, CourseSummary]:
    """Return summaries of the courses that the current user may view, by course id."""
    actor = request.actor
    seen = [
        row
        for row in rows
        if row.status == "published" or actor.moderates or row.id in actor.teaches
    ]
    return dict(zip([row.id for row in seen], summaries(request, seen), strict=True))


def title_of(row: WishedCourse | WishRow, course: CourseSummary | None) -> str:
    """Return the title of a viewable course, otherwise the title when it was added to the list."""
    # Without a wish, the course is published and therefore viewable.
    return row.title if course else row.wished_title or ""
