from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue
from typing_extensions import TypedDict

from courseshop.schemas.base import (
    Input,
    PageLinks,
    PageQuery,
    Query,
    Slug,
    Tag,
    UsernameIn,
    plain_digits,
)
from courseshop.schemas.course import Count, CourseSummary, LanguageTag, Level

Sort = Literal["relevance", "newest", "rating", "popular", "title", "price", "-price"]
Stars = Annotated[
    str,
    Field(pattern=r"^(?:[1-4](?:\.[0-9])?|5(?:\.0)?)$"),
    # Links use 4, not 4.0.
    AfterValidator(lambda stars: stars.removesuffix(".0")),
]
Minutes = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(plain_digits)]


class CatalogueQuery(PageQuery):
    """Filters, combined with AND, and the sort order."""

    q: Query = Field("", description="Search words, combined with AND.", examples=["design"])
    category: Slug | None = Field(
        None, description="A category and its subcategories.", examples=["web-development"]
    )
    tag: Tag | None = Field(None, description="A tag; case is ignored.", examples=["spreadsheets"])
    level: Level | None = Field(None, description="The level.", examples=["beginner"])
    language: LanguageTag | None = Field(
        None, description="The language of instruction.", examples=["en"]
    )
    price: Literal["free", "paid"] | None = Field(
        None, description="Only free or only paid courses.", examples=["free"]
    )
    rating: Stars | None = Field(
        None, description="Minimum average rating, such as 4.5.", examples=["4.5"]
    )
    max_minutes: Minutes | None = Field(
        None, description="Maximum duration in minutes.", examples=[600]
    )
    instructor: UsernameIn | None = Field(
        None, description="The username of an instructor.", examples=["jonas-lindqvist"]
    )
    sort: Sort | None = Field(
        None,
        description="The sort order: by default relevance with search words, otherwise newest.",
        examples=["rating"],
    )

    @property
    def order(self) -> Sort:
        """The sort order of the list; "relevance" requires search words."""
        if self.q.strip():
            return self.sort or "relevance"
        return "newest" if self.sort in {None, "relevance"} else self.sort

    def selection(self) -> dict[str, JsonValue]:
        return {**super().selection(), "sort": self.order}


class FacetOut(TypedDict):
    """A filter value with the number of courses that match it; null if they are not counted.

    If `exact` is false, `count` is a lower bound and the filter may have more values. `url` is the
    list with this value set or, if it is `active`, removed. For an active value, `count` is the
    number of courses in the current list.
    """

    value: str
    label: str
    count: Count | None
    exact: bool
    active: bool
    url: str


class FilterOut(TypedDict):
    """An active filter; `url` is the list without it."""

    name: str
    value: str
    label: str
    url: str


class Piece(TypedDict):
    """A piece of a text; `found` is true if it matches a search word."""

    text: str
    found: bool


class FoundCourse(CourseSummary):
    """A course in the catalog; `snippet` is its text around the search words, null if none."""

    snippet: list[Piece] | None


class Correction(TypedDict):
    """A corrected query that finds courses, for one that found none."""

    q: str
    url: str


class CatalogueOut(TypedDict):
    """A page of courses, the active filters, and the available filter values."""

    items: list[FoundCourse]
    total: Count
    total_exact: bool
    links: PageLinks
    sort: Sort
    filters: list[FilterOut]
    facets: dict[str, list[FacetOut]]
    did_you_mean: Correction | None


class SuggestionsQuery(Input):
    q: Query = Field("", description="The text typed so far.", examples=["desi"])


class Suggestion(TypedDict):
    """A suggested course."""

    title: str
    url: str


class SuggestionsOut(TypedDict):
    """Suggested courses for the text `q`."""

    q: str
    items: list[Suggestion]
