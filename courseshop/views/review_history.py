"""The former texts of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.return_to import return_url
from courseshop.resources import Review
from courseshop.schemas.base import ReturnQuery
from courseshop.schemas.review import FormerText, HistoryOut
from courseshop.services import review as service
from courseshop.views.course import named
from courseshop.views.review import own_url

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

HISTORY = "courseshop:templates/review/history.jinja2"


@page(
    context=Review,
    name="history",
    renderer=HISTORY,
    permission="edit",
    accepts=ReturnQuery,
    returns=HistoryOut,
)
def history(place: Review, request: Request[ReturnQuery]) -> PageData:
    """List the former texts of a review."""
    links = {"self": place.url("history"), "review": place.url()}
    return {
        "items": former_texts(request, place.row.id),
        "links": links,
        "course": named(place.__parent__.__parent__),
        "back": return_url(request, own_url(place)),
    }


def former_texts(request: Request, review_id: int) -> list[FormerText]:
    return [
        {"rating": row.rating, "text": row.text_markdown, "written_at": row.written_at}
        for row in service.former(request.db, review_id)
    ]
