from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.resources import Categories, Category
from courseshop.schemas import PageQuery
from courseshop.schemas.category import CategoriesOut, CategoryCourses
from courseshop.services import category as service
from courseshop.services import course
from courseshop.views import collection, page
from courseshop.views.course import summaries
from courseshop.views.links import category_url
from courseshop.views.table import CATEGORIES, COURSES

if TYPE_CHECKING:
    from courseshop.schemas.category import CategoryOut


@page(
    context=Categories,
    renderer="courseshop:templates/category/list.jinja2",
    accepts=PageQuery,
    returns=CategoriesOut,
    table=CATEGORIES,
)
def categories(place: Categories, request: Any) -> dict[str, Any]:
    found = service.listing(request.db, request.accepted)
    return collection(place, request, found, [category_out(request, row) for row in found.rows])


@page(
    context=Category,
    renderer="courseshop:templates/category/category.jinja2",
    accepts=PageQuery,
    returns=CategoryCourses,
    table=COURSES,
)
def category(place: Category, request: Any) -> dict[str, Any]:
    choice = course.Choice(category_id=place.row.id)
    found = course.listing(request.db, request.actor, request.accepted, choice)
    items = summaries(request, found.rows)
    return collection(place, request, found, items, **category_out(request, place.row))


def category_out(request: Any, row: Any) -> CategoryOut:
    return {"slug": row.slug, "title": row.title, "url": category_url(request, row.slug)}
