from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.responses import collection
from courseshop.framework.table import CATEGORIES, COURSES
from courseshop.rendering.locales import translate
from courseshop.resources import Categories, Category
from courseshop.schemas.base import PageQuery
from courseshop.schemas.category import CategoriesOut, CategoryCourses
from courseshop.services import category as service
from courseshop.services import facet
from courseshop.services.catalogue import Catalogue
from courseshop.services.filters import Filters
from courseshop.views.course import summaries
from courseshop.views.feed import NAME as FEED
from courseshop.views.linked_data import breadcrumbs, item_list
from courseshop.views.links import catalogue_url, category_url

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import CategoryRow
    from courseshop.schemas.category import CategoryOut

    class CategoryNode(CategoryOut):
        """A category with its subcategories, for the HTML page only."""

        children: list[CategoryNode]


class CategoryTree:
    """All categories with their course counts, as responses show them.

    `counts` and `tree` are the stored counts and the tree if they are read already.
    """

    def __init__(
        self,
        request: Request,
        counts: facet.StoredCounts | None = None,
        tree: service.Tree | None = None,
    ) -> None:
        self.request = request
        self.tree = tree or service.tree(request.db)
        self.counts = (counts or facet.StoredCounts(request.db)).by_kind["category"]

    def out(self, row: CategoryRow) -> CategoryOut:
        parent = None if row.parent_id is None else self.tree.rows.get(row.parent_id)
        return {
            "slug": row.slug,
            "title": row.title,
            "url": category_url(self.request, row.slug),
            "parent": parent.slug if parent else None,
            "count": self.tree.total(row, self.counts),
        }

    def below(self, row: CategoryRow | None = None) -> list[CategoryOut]:
        """Return the direct subcategories of a category, or the top-level categories for None."""
        return [self.out(child) for child in self.tree.children(row)]

    def nested(self, row: CategoryRow | None = None) -> list[CategoryNode]:
        """Return all subcategories of a category, or of the shop for None, as a tree."""
        children = self.tree.children(row)
        return [{**self.out(child), "children": self.nested(child)} for child in children]


@page(
    context=Categories,
    renderer="courseshop:templates/category/list.jinja2",
    accepts=PageQuery,
    returns=CategoriesOut,
    table=CATEGORIES,
)
def categories(place: Categories, request: Request[PageQuery]) -> PageData:
    """List the categories; the HTML page shows them as a tree."""
    found, shelves = service.listing(request.db, request.accepted), CategoryTree(request)
    items = [shelves.out(row) for row in found.rows]
    return collection(place, request, found, items, tree=shelves.nested())


@page(
    context=Category,
    renderer="courseshop:templates/category/category.jinja2",
    accepts=PageQuery,
    returns=CategoryCourses,
    table=COURSES,
)
def category(place: Category, request: Request[PageQuery]) -> PageData:
    """Show a category with its courses and those of its subcategories."""
    shelves, row = CategoryTree(request), place.row
    filters = Filters(category=shelves.tree.ids(row))
    found = Catalogue(request.db, request.actor).page(request.accepted, filters)
    items = summaries(request, found.rows)
    trail = [shelves.out(above) for above in shelves.tree.trail(row)]
    crumbs = breadcrumbs(
        (translate(request, _("Categories")), request.places["categories"]),
        *((above["title"], above["url"]) for above in trail),
        (row.title, place.url()),
    )
    return collection(
        place,
        request,
        found,
        items,
        **shelves.out(row),
        trail=trail,
        children=shelves.below(row),
        browse=catalogue_url(request, category=row.slug),
        feed=place.url(FEED),
        linked_data=[crumbs, *item_list(items)],
    )
