"""Links that set and remove the filters of the list of reviews; they keep its order."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseshop.framework.request import PageData
    from courseshop.resources import Reviews
    from courseshop.schemas.review import ReviewsQuery

STARS = range(1, 6)


def filter_links(place: Reviews, query: ReviewsQuery) -> PageData:
    """Return the links for the HTML page.

    `star_urls` has the URL of the list with each number of stars, or without the active one.
    `unset` has the URL without each active filter.
    """
    given = {"stars": query.stars, "q": query.q}
    return {
        "star_urls": {
            str(n): url_with(place, "stars", "" if n == query.stars else str(n)) for n in STARS
        },
        "unset": {name: url_with(place, name, "") for name, value in given.items() if value},
    }


def url_with(place: Reviews, name: str, value: str) -> str:
    """Return the URL of the first page of the list with another value of a parameter, or none."""
    wanted = {**place.request.GET, name: value}
    kept = {one: text for one, text in wanted.items() if text and one not in {"after", "before"}}
    return place.url(query=kept or None)
