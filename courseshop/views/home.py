"""The home page: what there is, and for members what is theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.actor import GUEST
from courseshop.framework.add_page import page
from courseshop.resources import Root
from courseshop.schemas.base import PageQuery
from courseshop.schemas.shop import ShopOut
from courseshop.services import for_you
from courseshop.services.catalogue import Catalogue
from courseshop.views.category import CategoryTree
from courseshop.views.course import summaries
from courseshop.views.linked_data import website

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ListedCourse
    from courseshop.schemas.course import CourseSummary

    # Courses by the name of their list, in the order of the page.
    Lists = Mapping[str, Sequence[ListedCourse]]

# The courses in one row of cards on wide screens.
FEW = 4
# The lists of members, in the order of the page, and then those that everyone sees, with their
# order in the catalogue.
OWN = {"your_courses": for_you.taken, "your_wishes": for_you.wished, "new_for_you": for_you.new}
SORTS = {"best_rated": "rating", "newest": "newest", "popular": "popular"}
# So many courses of a list that its row on the page is full without those of the rows above it.
ENOUGH = PageQuery(limit=FEW * (len(OWN) + len(SORTS)))
MOST_CATEGORIES = 100


@page(context=Root, renderer="courseshop:templates/shop.jinja2", returns=ShopOut)
def shop(place: Root, request: Request) -> PageData:
    """Show the categories, the newest, best-rated and most popular courses, and the user's own."""
    # As a guest's, so that moderators and instructors see no drafts here.
    catalogue = Catalogue(request.db, GUEST)
    lists = {**own_courses(request), **public_courses(catalogue)}
    few, rows = {name: found[:FEW] for name, found in lists.items()}, once_each(lists)
    by_id = summaries_of(request, [*few.values(), *rows.values()])
    return {
        **shown(few, by_id),
        "rows": shown(rows, by_id),
        "name": request.settings.name,
        "tagline": request.settings.tagline,
        "course_count": catalogue.counts.all,
        "free_count": catalogue.counts.of("price", "free") or 0,
        "categories": CategoryTree(request, catalogue.counts).below()[:MOST_CATEGORIES],
        "links": place.links(),
        "your_urls": {
            "courses": place["account"].url("courses"),
            "wishes": place["wishlists"].url("default"),
        },
        "linked_data": [website(request)],
    }


def own_courses(request: Request) -> Lists:
    """Return the user's courses, their wishes, and what is new for them; nothing for a guest."""
    member = request.actor.id is not None
    return {
        name: read(request.db, request.actor, ENOUGH.limit) if member else []
        for name, read in OWN.items()
    }


def public_courses(catalogue: Catalogue) -> Lists:
    """Return the best rated, newest and most popular courses."""
    found = {name: catalogue.page(ENOUGH, sort=sort).rows for name, sort in SORTS.items()}
    return {
        **found,
        "best_rated": [row for row in found["best_rated"] if row.rating_count],
        "popular": [row for row in found["popular"] if row.enrolled_count],
    }


def once_each(lists: Lists) -> dict[str, list[ListedCourse]]:
    """Return the rows of the page: a few courses of each list that are in no row above."""
    seen: set[int] = set()
    rows = {}
    for name, found in lists.items():
        rows[name] = [row for row in found if row.id not in seen][:FEW]
        seen |= {row.id for row in rows[name]}
    return rows


def summaries_of(
    request: Request, lists: Iterable[Sequence[ListedCourse]]
) -> dict[int, CourseSummary]:
    """Return the courses of all lists by id; instructors and wishes are read once."""
    rows = {row.id: row for found in lists for row in found}
    return dict(zip(rows, summaries(request, list(rows.values())), strict=True))


def shown(lists: Lists, by_id: Mapping[int, CourseSummary]) -> dict[str, list[CourseSummary]]:
    return {name: [by_id[row.id] for row in found] for name, found in lists.items()}
