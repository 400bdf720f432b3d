from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.formats import ORDERS, translate
from courseshop.resources import Courses
from courseshop.schemas.catalogue import CatalogueOut, CatalogueQuery
from courseshop.services import category
from courseshop.services.catalogue import SORTS, Catalogue
from courseshop.views import collection, page
from courseshop.views.course import summaries
from courseshop.views.facet import Facets, filters_of
from courseshop.views.table import COURSES

if TYPE_CHECKING:
    from courseshop.schemas.catalogue import Sort


@page(
    context=Courses,
    renderer="courseshop:templates/course/list.jinja2",
    accepts=CatalogueQuery,
    returns=CatalogueOut,
    table=COURSES,
)
def courses(place: Courses, request: Any) -> dict[str, Any]:
    """List courses: filtered, sorted, with what else there is to filter by."""
    query, shelves = request.accepted, category.tree(request.db)
    filters = filters_of(request, query, shelves)
    catalogue, sort = Catalogue(request.db, request.actor), sort_of(query)
    found = catalogue.page(query, filters, SORTS[sort])
    facets = Facets(place, query, shelves)
    return collection(
        place,
        request,
        found,
        summaries(request, found.rows),
        query=query.q,
        sort=sort,
        sorts=[(name, translate(request, ORDERS[name])) for name in SORTS],
        kept={name: value for name, value in facets.kept.items() if name != "sort"},
        filters=facets.active(),
        facets=facets.offered(catalogue.facets(filters)),
        everything=place.url(),
        new=place.url("new") if place.permits("add") else None,
    )


def sort_of(query: CatalogueQuery) -> Sort:
    """Return the order of a list: without words nothing is relevant."""
    return query.sort if query.sort and query.sort != "relevance" else "newest"
