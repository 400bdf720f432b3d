"""The former texts of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.resources import Review
from courseshop.schemas.review import FormerText, HistoryOut
from courseshop.services import review as service
from courseshop.views.course import named

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

HISTORY = "courseshop:templates/review/history.jinja2"


@page(context=Review, name="history", renderer=HISTORY, permission="edit", returns=HistoryOut)
def history(place: Review, request: Request) -> PageData:
    """List the former texts of a review."""
    links = {"self": place.url("history"), "review": place.url()}
    course = named(place.__parent__.__parent__)
    return {"items": former_texts(request, place.row.id), "links": links, "course": course}


def former_texts(request: Request, review_id: int) -> list[FormerText]:
    return [
        {"rating": row.rating, "text": row.text_markdown, "written_at": row.written_at}
        for row in service.former(request.db, review_id)
    ]
