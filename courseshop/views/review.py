from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.resources import Course, Review, Reviews
from courseshop.schemas import PageQuery
from courseshop.schemas.review import ReviewOut, ReviewsOut
from courseshop.services import review as service
from courseshop.views import collection, page
from courseshop.views.course import named, person, rating_of

if TYPE_CHECKING:
    from courseshop.traversal import Resource

ON_THE_COURSE_PAGE = PageQuery(limit=10)


@page(
    context=Reviews,
    renderer="courseshop:templates/review/list.jinja2",
    accepts=PageQuery,
    returns=ReviewsOut,
)
def reviews(place: Reviews, request: Any) -> dict[str, Any]:
    course = place.__parent__
    found = service.listing(request.db, request.actor, course.row.id, request.accepted)
    items = [review_out(Review(place, row)) for row in found.rows]
    return collection(place, request, found, items, course=named(course))


@page(context=Review, renderer="courseshop:templates/review/review.jinja2", returns=ReviewOut)
def review(place: Review, _request: Any) -> dict[str, Any]:
    return {**review_out(place), "course": named(place.__parent__.__parent__)}


def review_out(place: Review) -> ReviewOut:
    row = place.row
    known = row.author_username is not None
    return {
        "id": row.id,
        "url": place.url(),
        "author": person(place.request, row.author_username, row.author_name) if known else None,
        "rating": row.rating,
        "text": {"markdown": row.text_markdown, "html": row.text_html},
        "verified": row.verified,
        "helpful_count": row.helpful_count,
        "reply": None,
        "created_at": row.created_at,
        "edited_at": row.edited_at,
        "version": row.version,
        "links": place.links(),
    }


def newest_reviews(place: Course, request: Any) -> dict[str, Any]:
    """Return the first reviews of a course and where the rest is, for the course page."""
    parent: Resource = place["reviews"]
    found = service.listing(request.db, request.actor, place.row.id, ON_THE_COURSE_PAGE)
    return {
        "rating": rating_of(place.row),
        "items": [review_out(Review(parent, row)) for row in found.rows],
        "total": found.total,
        "url": parent.url(),
        "more": found.after and parent.url(query={"after": found.after}),
    }


def includeme(config: Any) -> None:
    config.add_panel(
        "reviews",
        newest_reviews,
        context=Course,
        renderer="courseshop:templates/review/panel.jinja2",
        # Every review moves its course's stamp, which the page's ETag has already.
        key=lambda _place, _request: "reviews",
        # A program finds them at the course's links, as a collection of their own.
        json=False,
    )
