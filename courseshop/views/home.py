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
    from collections.abc import Mapping, Sequence

    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ListedCourse
    from courseshop.schemas.course import CourseSummary

# The courses in one row of cards on wide screens.
FEW = PageQuery(limit=4)
# The lists that everyone sees, with their order in the catalogue.
SORTS = {"newest": "newest", "best_rated": "rating", "popular": "popular"}
# The lists of members.
OWN = {"your_courses": for_you.taken, "your_wishes": for_you.wished, "new_for_you": for_you.new}
MOST_CATEGORIES = 100


@page(context=Root, renderer="courseshop:templates/shop.jinja2", returns=ShopOut)
def shop(place: Root, request: Request) -> PageData:
    """Show the categories, the newest, best-rated and most popular courses, and the user's own."""
    # As a guest's, so that moderators and instructors see no drafts here.
    catalogue = Catalogue(request.db, GUEST)
    found = {name: catalogue.page(FEW, sort=sort).rows for name, sort in SORTS.items()}
    lists = shown(request, {**found, **own_courses(request)})
    return {
        **lists,
        "best_rated": [one for one in lists["best_rated"] if one["rating"]["count"]],
        "popular": [one for one in lists["popular"] if one["enrolled_count"]],
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


def own_courses(request: Request) -> dict[str, list[ListedCourse]]:
    """Return the user's courses, their wishes, and what is new for them; nothing for a guest."""
    member = request.actor.id is not None
    return {
        name: read(request.db, request.actor, FEW.limit) if member else []
        for name, read in OWN.items()
    }


def shown(
    request: Request, lists: Mapping[str, Sequence[ListedCourse]]
) -> dict[str, list[CourseSummary]]:
    """Return courses in several lists; instructors and wishes are read once for all the lists."""
    rows = {row.id: row for found in lists.values() for row in found}
    by_id = dict(zip(rows, summaries(request, list(rows.values())), strict=True))
    return {name: [by_id[row.id] for row in found] for name, found in lists.items()}
