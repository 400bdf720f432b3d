from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from typing_extensions import TypedDict

from courseshop.schemas.base import Input, PageLinks, PageQuery, Slug, Tag, Username, plain_digits
from courseshop.schemas.course import Count, CourseSummary, LanguageTag, Level

Sort = Literal["relevance", "newest", "rating", "popular", "title", "price", "-price"]
Stars = Annotated[
    str,
    Field(pattern=r"^(?:[1-4](?:\.[0-9])?|5(?:\.0)?)$"),
    # 4.0 is called 4 in links.
    AfterValidator(lambda stars: stars.removesuffix(".0")),
]
Minutes = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(plain_digits)]


Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class CatalogueQuery(PageQuery):
    """Which courses, and in which order; what is given combines with AND."""

    q: Words = Field("", description="Words that a course must have, all.", examples=["design"])
    category: Slug | None = Field(
        None, description="A category, with all below it.", examples=["web-development"]
    )
    tag: Tag | None = Field(None, description="A tag, in any case.", examples=["spreadsheets"])
    level: Level | None = Field(None, description="For whom it is.", examples=["beginner"])
    language: LanguageTag | None = Field(
        None, description="The language that it is given in.", examples=["en"]
    )
    price: Literal["free", "paid"] | None = Field(
        None, description="Whether it costs something.", examples=["free"]
    )
    rating: Stars | None = Field(
        None, description="The least average rating, such as 4.5.", examples=["4.5"]
    )
    max_minutes: Minutes | None = Field(
        None, description="How long it takes at most.", examples=[600]
    )
    instructor: Username | None = Field(
        None, description="Who gives it.", examples=["jonas-lindqvist"]
    )
    sort: Sort | None = Field(
        None,
        description="The order: by relevance where words are given, else the newest first.",
        examples=["rating"],
    )


class FacetOut(TypedDict):
    """A value that a filter may have: how many courses it leaves, null where that is not counted.

    `exact` is false where there are at least so many; of such a filter, values may be missing.
    `url` sets it, or takes it back if `active`: then it leaves what the list has.
    """

    value: str
    label: str
    count: Count | None
    exact: bool
    active: bool
    url: str


class FilterOut(TypedDict):
    """A filter that is set; `url` is the list without it."""

    name: str
    value: str
    label: str
    url: str


class Piece(TypedDict):
    """A piece of a text; `found` tells whether it is one of the words that were looked for."""

    text: str
    found: bool


class FoundCourse(CourseSummary):
    """A course in the catalogue; `snippet` is what it says around the words, null without any."""

    snippet: list[Piece] | None


class Correction(TypedDict):
    """Words that find something, where others found nothing."""

    q: str
    url: str


class CatalogueOut(TypedDict):
    """Courses, the filters that are set, and what else there is to filter by."""

    items: list[FoundCourse]
    total: Count
    total_exact: bool
    links: PageLinks
    sort: Sort
    filters: list[FilterOut]
    facets: dict[str, list[FacetOut]]
    did_you_mean: Correction | None


class SuggestionsQuery(Input):
    q: Words = Field("", description="What was typed so far.", examples=["desi"])


class Suggestion(TypedDict):
    """A course that one may mean."""

    title: str
    url: str


class SuggestionsOut(TypedDict):
    """Courses that one may mean."""

    q: str
    items: list[Suggestion]
