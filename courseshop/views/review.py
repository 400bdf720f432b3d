from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from courseshop.database.stale import ensure_present
from courseshop.database.transactions import run_after_response
from courseshop.domain.errors import NotAllowed
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify, notify_of_text
from courseshop.framework.responses import collection, created
from courseshop.framework.return_to import return_url
from courseshop.framework.table import REVIEWS
from courseshop.resources import Course, Review, Reviews
from courseshop.schemas.base import ReturnQuery
from courseshop.schemas.review import (
    ReviewDraft,
    ReviewOut,
    ReviewPatch,
    ReviewsOut,
    ReviewsQuery,
)
from courseshop.services import review as service
from courseshop.services import vote
from courseshop.services.moderation_rules import Rules
from courseshop.views.course import may_enrol, named, person_if_known, rating_of
from courseshop.views.links import login_url, root_of
from courseshop.views.read_only import check_html, check_sent_back
from courseshop.views.review_filters import filter_links

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ReviewRow, ReviewWithCourse
    from courseshop.schemas.course import CourseRef
    from courseshop.schemas.reply import ReplyOut

# With more reviews than this, the list has a search field.
MANY = 10
LIST = "courseshop:templates/review/list.jinja2"
ONE = "courseshop:templates/review/review.jinja2"
EDIT = "courseshop:templates/review/edit.jinja2"
DELETE = "courseshop:templates/review/delete.jinja2"


@page(context=Reviews, renderer=LIST, accepts=ReviewsQuery, returns=ReviewsOut, table=REVIEWS)
def reviews(place: Reviews, request: Request[ReviewsQuery]) -> PageData:
    """List the reviews of a course."""
    course, query = place.__parent__, request.accepted
    found = service.listing(request.db, request.actor, course.row, query)
    items = [review_out(Review(place, str(row.id), row)) for row in found.rows]
    shown = {"sort": query.sort, "stars": query.stars, "words": query.q}
    return collection(
        place,
        request,
        found,
        items,
        course=named(course),
        mine=mine(place, request),
        rating=rating_of(course.row),
        voted=vote.voted(request.db, request.actor, [row.id for row in found.rows]),
        url=place.url(),
        many=course.row.rating_count > MANY,
        hidden_count=course.row.hidden_count,
        **shown,
        **filter_links(place, query),
    )


def may_review(place: Reviews, request: Request) -> None:
    """Raise NotAllowed if the user may not review the course. Checked before the input."""
    course = place.__parent__
    service.check(request.actor, course.row.id, may_enrol=may_enrol(course, request))


@page(
    context=Reviews,
    request_method="POST",
    renderer=LIST,
    permission="add",
    accepts=ReviewDraft,
    returns=ReviewOut,
    answers=(409,),
    check=may_review,
    repeatable=True,
)
def write(place: Reviews, request: Request[ReviewDraft]) -> ReviewOut:
    """Review a course, as one of its students."""
    check_html(request, "text")
    course_id = place.__parent__.row.id
    rules, draft = moderation_rules(request), request.accepted
    made = reread(place, service.write(request.db, request.actor, course_id, draft, rules))
    created(request, made)
    lead_back(request, place, made.row.id)
    code = "review-held" if made.row.status == "pending" else "review-written"
    notify_of_text(request, code, made.row.text_markdown)
    return review_out(made)


@page(
    context=Reviews,
    name="undo",
    request_method="POST",
    renderer=LIST,
    permission="add",
    form="",
    answers=(409,),
)
def undo(place: Reviews, request: Request) -> None:
    """Restore the current user's deleted review, within an hour."""
    restored = service.restore(request.db, request.actor, place.__parent__.row.id)
    notify(request, "review-restored")
    lead_back(request, place, restored.id)


@page(context=Review, renderer=ONE, returns=ReviewOut)
def review(place: Review, request: Request) -> PageData:
    """Show a review."""
    return page_out(place, request)


def page_out(place: Review, request: Request) -> PageData:
    return {
        **review_out(place),
        "course": named(place.__parent__.__parent__),
        "voted": vote.voted(request.db, request.actor, [place.row.id]),
        "back": return_url(request, own_url(place)),
    }


def own_url(place: Review) -> str:
    """Return the URL of a review's own page, with the fragment of the review in it."""
    return f"{place.url()}#review-{place.row.id}"


@page(
    context=Review,
    name="edit",
    renderer=EDIT,
    permission="edit",
    accepts=ReturnQuery,
    returns=ReviewOut,
)
def edit(place: Review, request: Request[ReturnQuery]) -> PageData:
    """Show the form to edit a review."""
    return page_out(place, request)


@page(
    context=Review,
    name="edit",
    request_method="POST",
    renderer=EDIT,
    permission="edit",
    accepts=ReviewPatch,
    returns=ReviewOut,
)
@page(
    context=Review,
    request_method="PATCH",
    renderer=EDIT,
    permission="edit",
    accepts=ReviewPatch,
    returns=ReviewOut,
)
def change(place: Review, request: Request[ReviewPatch]) -> ReviewOut:
    """Edit a review; its former text stays in the history."""
    check_sent_back(place, request)
    sent, row = request.accepted.model_dump(include={"rating", "text"}), place.row
    rating, text = sent.get("rating", row.rating), sent.get("text", row.text_markdown) or ""
    service.edit(request.db, request.actor, row, rating, text, moderation_rules(request))
    changed = reread(place.__parent__, place.row.id)
    code = "review-held" if changed.row.status == "pending" else "saved"
    notify_of_text(request, code, text)
    request.response.location = own_url(place)
    return review_out(changed)


@page(
    context=Review,
    name="delete",
    renderer=DELETE,
    permission="delete",
    accepts=ReturnQuery,
    returns=ReviewOut,
)
def ask(place: Review, request: Request[ReturnQuery]) -> PageData:
    """Ask for confirmation to delete a review."""
    return page_out(place, request)


@page(context=Review, request_method="DELETE", renderer=DELETE, permission="delete")
@page(context=Review, name="delete", request_method="POST", renderer=DELETE, permission="delete")
def remove(place: Review, request: Request) -> None:
    """Delete a review; its author can restore it within an hour."""
    service.remove(request.db, place.row)
    run_after_response(request, service.purge)
    notify(request, "review-deleted")
    lead_back(request, place.__parent__)


def moderation_rules(request: Request) -> Rules:
    """Return the rules by which the shop holds reviews for moderation."""
    return Rules(request.settings.hold_reviews, request.settings.new_account_days)


def lead_back(request: Request, place: Reviews, review_id: int | None = None) -> None:
    """Redirect a browser to the reviews on the course page, or to one that was just written."""
    if form_of(request) == HTML:
        part = "reviews" if review_id is None else f"review-{review_id}"
        request.response.location = f"{place.__parent__.url()}#{part}"


def reread(parent: Reviews, review_id: int) -> Review:
    """Return the place of a review, its row read again after a write."""
    request, course_id = parent.request, parent.__parent__.row.id
    row = service.find(request.db, request.actor, course_id, review_id)
    return Review(parent, str(review_id), ensure_present(row, f"review {review_id}"))


def place_of(request: Request, row: ReviewWithCourse) -> Review:
    """Return the place of a review that was read in a list of several courses' reviews."""
    facts = {"id": row.course_id, "slug": row.course_slug, "status": row.course_status}
    course = Course(root_of(request)["courses"], SimpleNamespace(**facts))
    return Review(course["reviews"], str(row.id), row)


def course_ref(place: Review, row: ReviewWithCourse) -> CourseRef:
    return {"title": row.course_title, "url": place.__parent__.__parent__.url()}


def review_out(place: Review) -> ReviewOut:
    row = place.row
    found: ReviewOut = {
        "id": row.id,
        "url": place.url(),
        "author": person_if_known(place.request, row.author_username, row.author_name),
        "rating": row.rating,
        "text": {"markdown": row.text_markdown, "html": row.text_html},
        "verified": row.verified,
        "helpful_count": row.helpful_count,
        "reply": reply_out(place.request, row),
        "created_at": row.created_at,
        "edited_at": row.edited_at,
        "version": row.version,
        "links": place.links(),
    }
    if row.status == "hidden":
        return {**found, "status": "hidden", "hidden_reason": row.hidden_reason}
    return {**found, "status": "pending"} if row.status == "pending" else found


def reply_out(request: Request, row: ReviewRow) -> ReplyOut | None:
    """Return the reply in a row of `services.review.find`, None if there is none."""
    markdown, html, created_at = row.reply_markdown, row.reply_html, row.reply_created_at
    # A reply has all three.
    if markdown is None or html is None or created_at is None:
        return None
    return {
        "author": person_if_known(request, row.reply_username, row.reply_name),
        "text": {"markdown": markdown, "html": html},
        "created_at": created_at,
        "edited_at": row.reply_edited_at,
    }


def mine(place: Reviews, request: Request) -> PageData:
    """Return what the current user can do about their own review, for the HTML page.

    `review` is their review, `undo` the URL to restore it after deletion, `write` the URL to post
    one, `refusal` the reason why they cannot, and `login` the URL at which a guest who may enrol
    logs in.
    """
    actor, course = request.actor, place.__parent__
    if actor.id is None and may_enrol(course, request):
        return {"login": login_url(request, course)}
    row = service.own(request.db, actor, course.row.id)
    if row is not None and row.deleted_at is None:
        return {"review": review_out(Review(place, str(row.id), row))}
    more = {"undo": place.url("undo")} if row is not None else {}
    try:
        may_review(place, request)
    except NotAllowed as found:
        return {**more, "refusal": found.message}
    return {**more, "write": place.url()}
