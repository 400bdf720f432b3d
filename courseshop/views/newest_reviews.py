"""The reviews on the course page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.actor import GUEST
from courseshop.framework.cursor import bind_cursor
from courseshop.resources import Course, Review, Reviews
from courseshop.schemas.review import ReviewsQuery
from courseshop.services import review as service
from courseshop.services import vote
from courseshop.views.course import rating_of
from courseshop.views.linked_data import linked_course
from courseshop.views.review import mine, review_out

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request

ON_THE_COURSE_PAGE = ReviewsQuery(limit=10)


def newest_reviews(place: Course, request: Request) -> PageData:
    """Return the first reviews of a course and the URL of the rest, for the course page.

    They are the reviews that a guest sees; the current user's own review is separate. In a single
    query for both, the database would sort all reviews of the course: 28 ms for 10,000.
    """
    parent = place.child("reviews", Reviews)
    found = service.listing(request.db, GUEST, place.row, ON_THE_COURSE_PAGE)
    items = [review_out(Review(parent, str(row.id), row)) for row in found.rows]
    rating = rating_of(place.row)
    after = bind_cursor(parent, ON_THE_COURSE_PAGE, found.after)
    return {
        "rating": rating,
        "items": items,
        "total": found.total.number,
        "url": parent.url(),
        "more": after and parent.url(query={"after": after}),
        "hidden_count": place.row.hidden_count,
        "mine": mine(parent, request),
        "voted": vote.voted(request.db, request.actor, [row.id for row in found.rows]),
        "linked_data": [linked_course(place, rating, items)],
    }


def includeme(config: Configurator) -> None:
    config.add_panel(
        "reviews",
        newest_reviews,
        context=Course,
        renderer="courseshop:templates/review/panel.jinja2",
        # Every change of a review changes the course's stamp, which is in the page's ETag.
        key=lambda _place, _request: "reviews",
        # API clients get the reviews as a separate collection, from the links of the course.
        json=False,
    )
