from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import MISSING
from pyramid.httpexceptions import HTTPForbidden

from courseshop.database.stale import ensure_present
from courseshop.domain.errors import Refused
from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify, notify_of_text
from courseshop.framework.return_to import return_url
from courseshop.resources import Reply, Review
from courseshop.schemas.base import ReturnQuery
from courseshop.schemas.reply import ReplyDraft, ReplyPageOut, ReplySwitch
from courseshop.services import reply as service
from courseshop.services import review, user
from courseshop.views.course import named
from courseshop.views.mail import mail_about
from courseshop.views.read_only import check_sent_back
from courseshop.views.review import own_url, reply_out, review_out

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ReviewRow

PAGE = "courseshop:templates/reply/reply.jinja2"
DELETE = "courseshop:templates/reply/delete.jinja2"


@page(context=Reply, renderer=PAGE, permission="add", accepts=ReturnQuery, returns=ReplyPageOut)
def show(place: Reply, request: Request[ReturnQuery]) -> PageData:
    """Show the reply to a review, to instructors of the course."""
    return page_out(place, request)


@page(
    context=Reply,
    request_method="PUT",
    renderer=PAGE,
    permission="add",
    accepts=ReplyDraft,
    returns=ReplyPageOut,
)
def put(place: Reply, request: Request[ReplyDraft]) -> PageData:
    """Reply to a review, or change the reply.

    Returns 201 for a new reply, 200 for a change.
    """
    check_sent_back(place, request)
    # Without a text, the one that was sent is the stored one, which a rule of today would refuse.
    sent, stored = request.accepted, place.__parent__.row.reply_markdown
    text = sent.text if "text" in sent.model_fields_set else ensure_present(stored, "the reply")
    return reply(place, request, text)


def reply(place: Reply, request: Request, text: str) -> PageData:
    row = place.__parent__.row
    if service.put(request.db, request.actor, row, text):
        tell(request, row)
        request.response.status_int = 201
        request.response.location = place.url()
    notify_of_text(request, "replied", text)
    lead_back(place, request, f"reply-{row.id}")
    return page_out(reread(place), request)


@page(context=Reply, request_method="DELETE", renderer=DELETE, permission="delete")
def remove(place: Reply, request: Request) -> None:
    """Remove the reply to a review."""
    service.remove(request.db, request.actor, place.__parent__.row)
    notify(request, "reply-removed")
    lead_back(place, request, f"review-{place.__parent__.row.id}")


@page(
    context=Reply,
    request_method="POST",
    renderer=PAGE,
    permission="delete",
    accepts=ReplySwitch,
    returns=ReplyPageOut,
    answers=(201,),
)
def switch(place: Reply, request: Request[ReplySwitch]) -> PageData | None:
    """Form version: reply to a review, or remove the reply."""
    if not request.accepted.on:
        remove(place, request)
        return None
    if not place.permits("add"):
        raise HTTPForbidden(detail=_("Only instructors of the course can reply."))
    text = request.accepted.text
    if text is MISSING:
        raise Refused("text", "missing", _("This field is required."))
    return reply(place, request, text)


@page(
    context=Reply,
    name="delete",
    renderer=DELETE,
    permission="delete",
    accepts=ReturnQuery,
    returns=ReplyPageOut,
)
def ask(place: Reply, request: Request[ReturnQuery]) -> PageData:
    """Ask for confirmation to remove the reply."""
    return page_out(place, request)


def tell(request: Request, row: ReviewRow) -> None:
    """Email the student that there is a reply, once per review."""
    student = user.find_by_id(request.db, row.author_id) if row.author_id else None
    if student:
        mail_about(request, "replied", student, row.id)


def lead_back(place: Reply, request: Request, part: str) -> None:
    """Redirect a browser to the part of the review's page with this id."""
    if form_of(request) == HTML:
        request.response.location = f"{place.__parent__.url()}#{part}"


def reread(place: Reply) -> Reply:
    """Return the place with its row read again, after a write."""
    request, parent = place.request, place.__parent__
    row = review.find(request.db, request.actor, parent.row.course_id, parent.row.id)
    found: ReviewRow = ensure_present(row, f"review {parent.row.id}")
    return Reply(Review(parent.__parent__, str(found.id), found), "reply")


def page_out(place: Reply, request: Request) -> PageData:
    found = place.__parent__
    shown = reply_out(request, found.row)
    return {
        "review": found.url(),
        "reply": shown,
        "text": shown["text"] if shown else None,
        "version": found.row.reply_version or 0,
        "links": place.links(),
        "url": place.url(),
        "course": named(found.__parent__.__parent__),
        "shown": review_out(found),
        "back": return_url(request, own_url(found)),
    }
