from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.resources import Helpful
from courseshop.schemas.base import Switch
from courseshop.schemas.vote import VoteOut
from courseshop.services import review
from courseshop.services import vote as service
from courseshop.views.course import named

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

PAGE = "courseshop:templates/review/helpful.jinja2"


@page(context=Helpful, renderer=PAGE, returns=VoteOut)
def show(place: Helpful, request: Request) -> PageData:
    """Show whether the current user finds a review helpful."""
    return vote_out(place, request)


@page(
    context=Helpful,
    request_method="PUT",
    renderer=PAGE,
    permission="add",
    returns=VoteOut,
    answers=(409,),
)
def vote(place: Helpful, request: Request) -> PageData:
    """Mark a review as helpful.

    Returns 201 the first time, 200 if the user has already done so.
    """
    return say(place, request)


def say(place: Helpful, request: Request) -> PageData:
    new = service.vote(request.db, request.actor, place.__parent__.row)
    if new and form_of(request) != HTML:
        request.response.status_int = 201
        request.response.location = place.url()
    lead_back(place, request)
    return vote_out(place, request)


@page(context=Helpful, request_method="DELETE", renderer=PAGE, permission="delete")
def withdraw(place: Helpful, request: Request) -> None:
    """Withdraw the vote that a review is helpful."""
    service.withdraw(request.db, request.actor, place.__parent__.row)
    lead_back(place, request)


@page(
    context=Helpful,
    request_method="POST",
    renderer=PAGE,
    permission="add",
    accepts=Switch,
    returns=VoteOut,
    answers=(409,),
)
def switch(place: Helpful, request: Request[Switch]) -> PageData | None:
    """Form version: mark a review as helpful, or withdraw the vote."""
    if request.accepted.on:
        return say(place, request)
    withdraw(place, request)
    return None


def lead_back(place: Helpful, request: Request) -> None:
    """Redirect a browser to the review, whose page has the block that htmx swaps in."""
    if form_of(request) == HTML:
        request.response.location = place.__parent__.url()


def vote_out(place: Helpful, request: Request) -> PageData:
    found, actor = place.__parent__, request.actor
    course = found.__parent__.__parent__
    row = review.find(request.db, actor, course.row.id, found.row.id) or found.row
    voted = row.id in service.voted(request.db, actor, [row.id])
    return {
        "review": found.url(),
        "helpful": None if actor.id is None else voted,
        "helpful_count": row.helpful_count,
        "own": row.author_id is not None and row.author_id == actor.id,
        "links": place.links(),
        "url": place.url(),
        "course": named(course),
    }
