from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from courseshop.framework.add_page import page
from courseshop.framework.responses import collection
from courseshop.framework.table import COURSES
from courseshop.rendering.labels import ORDERS
from courseshop.rendering.locales import translate
from courseshop.resources import Courses
from courseshop.schemas.catalogue import (
    CatalogueOut,
    CatalogueQuery,
    Sort,
    SuggestionsOut,
    SuggestionsQuery,
)
from courseshop.services import category, search
from courseshop.services.catalogue import SORTS, Catalogue
from courseshop.views.category import CategoryTree
from courseshop.views.course import summaries
from courseshop.views.facet import Facets, filters_of
from courseshop.views.linked_data import item_list
from courseshop.views.links import course_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ListedCourse
    from courseshop.schemas.catalogue import FoundCourse, Piece
    from courseshop.schemas.category import CategoryOut

# Tiles of categories that an empty list offers: two rows on wide screens.
MOST_CATEGORIES = 8
EVERY_SORT: tuple[Sort, ...] = get_args(Sort)


@page(
    context=Courses,
    renderer="courseshop:templates/course/list.jinja2",
    accepts=CatalogueQuery,
    returns=CatalogueOut,
    table=COURSES,
)
def courses(place: Courses, request: Request[CatalogueQuery]) -> PageData:
    """List courses, optionally searched, filtered and sorted.

    The response has the available filters, too, with their counts.
    """
    query, shelves, db = request.accepted, category.tree(request.db), request.db
    filters, facets = filters_of(request, query, shelves), Facets(place, query, shelves)
    words = search.parse(query.q) if query.q.strip() else None
    catalogue, sort = Catalogue(db, request.actor, words), query.order
    found = catalogue.page(query, filters, sort)
    shown = found_courses(request, found.rows, catalogue.words)
    better = search.did_you_mean(db, query.q) if words and not found.rows else None
    return collection(
        place,
        request,
        found,
        shown,
        query=query.q,
        sort=sort,
        sorts={name: translate(request, ORDERS[name]) for name in sorts_of(query)},
        kept={name: value for name, value in facets.kept.items() if name != "sort"},
        filters=facets.active(),
        facets=facets.offered(catalogue.facets(filters), found.total),
        did_you_mean=better and {"q": better, "url": facets.url(q=better)},
        categories=[] if found.rows else offered_categories(request, catalogue, shelves),
        everything=place.url(),
        linked_data=item_list(shown),
        new=place.url("new") if place.permits("add") else None,
    )


def offered_categories(
    request: Request, catalogue: Catalogue, shelves: category.Tree
) -> list[CategoryOut]:
    """Return top-level categories with courses, for a list without a match; it needs no query."""
    found = CategoryTree(request, catalogue.counts, shelves).below()
    return [one for one in found if one["count"]][:MOST_CATEGORIES]


def sorts_of(query: CatalogueQuery) -> list[Sort]:
    """Return the sort orders to offer; "relevance" requires search words."""
    has_words = bool(query.q.strip())
    return [one for one in EVERY_SORT if one in SORTS or (one == "relevance" and has_words)]


def found_courses(
    request: Request, rows: Sequence[ListedCourse], words: search.Query | None
) -> list[FoundCourse]:
    """Return course summaries, each with a snippet of the text around the search words."""
    found = search.snippets(request.db, words, [row.id for row in rows]) if words else {}
    snippets = [
        [snippet_piece(piece) for piece in found[row.id]] if found.get(row.id) else None
        for row in rows
    ]
    shown = zip(summaries(request, rows), snippets, strict=True)
    return [{**one, "snippet": snippet} for one, snippet in shown]


def snippet_piece(piece: search.Piece) -> Piece:
    return {"text": piece.text, "found": piece.is_hit}


@page(
    context=Courses,
    name="suggestions",
    renderer="courseshop:templates/course/suggestions.jinja2",
    accepts=SuggestionsQuery,
    returns=SuggestionsOut,
)
def suggestions(place: Courses, request: Request[SuggestionsQuery]) -> PageData:
    """Suggest courses while the user is typing.

    Their titles contain words that start with the words of `q`.
    """
    rows = search.suggestions(request.db, request.accepted.q)
    found = [{"title": row.title, "url": course_url(request, row.slug)} for row in rows]
    return {"q": request.accepted.q, "items": found, "everything": place.url()}
