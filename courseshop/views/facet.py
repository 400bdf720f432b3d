"""Facets of the course list: filter values with their counts, and the links that set them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.errors import Unknown
from courseshop.domain.i18n import _
from courseshop.rendering.formats import duration, language
from courseshop.rendering.labels import LEVELS, PRICES, level
from courseshop.rendering.locales import translate
from courseshop.services import user
from courseshop.services.facet import BANDS, RATINGS
from courseshop.services.filters import Filters
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from courseshop.framework.request import Request
    from courseshop.resources import Courses
    from courseshop.schemas.catalogue import CatalogueQuery, FacetOut, FilterOut
    from courseshop.services.catalogue import Facet
    from courseshop.services.category import Tree
    from courseshop.services.paging import Total

# In the order of the page.
NAMES = ("category", "level", "price", "rating", "max_minutes", "language", "tag", "instructor")


def filters_of(request: Request, query: CatalogueQuery, shelves: Tree) -> Filters:
    """Return the filters of a query. Raises Unknown for an unknown category or instructor."""
    shelf = shelves.find(query.category) if query.category else None
    if query.category and shelf is None:
        raise Unknown("category", "unknown", _("This category doesn't exist."))
    teacher = user.find(request.db, query.instructor) if query.instructor else None
    if query.instructor and teacher is None:
        raise Unknown("instructor", "unknown", _("There is no user with this name."))
    return Filters(
        category=shelves.ids(shelf) if shelf else None,
        tag=query.tag,
        level=query.level,
        language=query.language,
        price=query.price,
        rating=round(float(query.rating) * 10) if query.rating else None,
        max_minutes=query.max_minutes,
        instructor=teacher.id if teacher else None,
    )


class Facets:
    """The filters of one course list, as its HTML and its JSON show them."""

    def __init__(self, place: Courses, query: CatalogueQuery, shelves: Tree) -> None:
        self.place, self.request, self.shelves = place, place.request, shelves
        # A cursor is not valid for a list with other filters.
        self.kept = {k: v for k, v in self.request.GET.items() if k not in {"after", "before"}}
        self.given = {name: str(value) for name in NAMES if (value := getattr(query, name))}
        if query.tag:
            self.given["tag"] = tag_of(query.tag)

    def url(self, **changes: str | None) -> str:
        """Return the URL of the list with changed parameters; None removes a parameter."""
        wanted = {**self.kept, **changes}
        return self.place.url(query={k: v for k, v in wanted.items() if v is not None})

    def active(self) -> list[FilterOut]:
        """Return the active filters, each with the URL that removes it."""
        return [self.chip(name, value) for name, value in self.given.items()]

    def chip(self, name: str, value: str) -> FilterOut:
        url = self.url(**{name: None})
        return {"name": name, "value": value, "label": self.label(name, value), "url": url}

    def offered(self, facets: Mapping[str, Facet], total: Total) -> dict[str, list[FacetOut]]:
        """Return, by filter, the values that match any courses, and the active value.

        The count of an active value is `total`, the number of courses in the list.
        """
        values = {name: self.values(name, facet, total) for name, facet in facets.items()}
        return {name: values[name] for name in NAMES if values.get(name)}

    def values(self, name: str, facet: Facet, total: Total) -> list[FacetOut]:
        counts = self.by_category(facet.counts or {}) if name == "category" else facet.counts
        given = self.given.get(name)
        ordered = ORDERS.get(name) or (counts if name == "category" else by_number(counts)) or ()
        numbers = {value: None if counts is None else counts.get(value, 0) for value in ordered}
        if given:
            numbers[given] = total.number
        if name in WIDENING:
            numbers = widened(numbers, WIDENING[name])
        return [
            self.value(name, value, number, exact=total.exact if value == given else facet.exact)
            for value, number in numbers.items()
            if number != 0 or value == given
        ]

    def value(self, name: str, value: str, number: int | None, *, exact: bool) -> FacetOut:
        active = self.given.get(name) == value
        return {
            "value": value,
            "label": self.label(name, value),
            "count": number,
            "exact": exact,
            "active": active,
            "url": self.url(**{name: None if active else value}),
        }

    def by_category(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Return the counts of the categories to choose from, by slug.

        They are the categories at the top, and the subcategories of the active one and of all that
        are above it. So the siblings of the active category stay.
        """
        chosen = self.given.get("category")
        shelf = self.shelves.find(chosen) if chosen else None
        path = {row.id for row in [*self.shelves.trail(shelf), shelf]} if shelf else set()
        shown = self.shelves.opened(path)
        return {row.slug: self.shelves.total(row, counts) for row in shown}

    def label(self, name: str, value: str) -> str:
        """Return the label of a value, in the reader's language."""
        if name == "category":
            shelf = self.shelves.find(value)
            return shelf.title if shelf else value
        return LABELS[name](self.request, value) if name in LABELS else value


def by_number(counts: Mapping[str, int] | None) -> list[str]:
    """Return the values by descending count."""
    return sorted(counts or (), key=lambda value: (-(counts or {})[value], value))


def widened(
    numbers: Mapping[str, int | None], width: Callable[[str], float]
) -> dict[str, int | None]:
    """Return the counts in the order of their values, from narrow to wide, never decreasing.

    A wider value matches all courses of a narrower one. If its count comes from a sample and is
    too low, it is raised to that of the narrower value.
    """
    found: dict[str, int | None] = {}
    most = 0
    for value in sorted(numbers, key=width):
        number = numbers[value]
        if number is not None:
            number = most = max(number, most)
        found[value] = number
    return found


def _time(request: Request, minutes: str) -> str:
    return translate(request, _("Up to ${time}"), {"time": duration(request, int(minutes))})


def _stars(request: Request, stars: str) -> str:
    return translate(request, _("${stars} stars & up"), {"stars": stars})


def _name(request: Request, username: str) -> str:
    teacher = user.find(request.db, username)
    return teacher.name if teacher else username


ORDERS: dict[str, tuple[str, ...]] = {
    "level": tuple(LEVELS),
    "price": tuple(PRICES),
    "rating": tuple(RATINGS),
    "max_minutes": tuple(map(str, BANDS)),
}
# Filters whose wider values match all courses of the narrower ones, and how wide a value is.
WIDENING: dict[str, Callable[[str], float]] = {
    "rating": lambda stars: -float(stars),
    "max_minutes": float,
}
LABELS: dict[str, Callable[[Request, str], str]] = {
    "level": level,
    "language": language,
    "price": lambda request, value: translate(request, PRICES[value]),
    "rating": _stars,
    "max_minutes": _time,
    "instructor": _name,
}
