from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import MISSING, BeforeValidator, Field
from typing_extensions import TypedDict

from courseshop.domain.text import TEXT
from courseshop.schemas.base import (
    LINE_ENDS,
    RENDERABLE,
    WHOLE,
    Input,
    Line,
    MoneyOut,
    PageLinks,
    ReadOnly,
    Version,
    Words,
    plain_digits,
)
from courseshop.schemas.course import Count, CourseSummary, PersonRef

KEY = r"^[A-Za-z0-9_-]{22}$"
ListKey = Annotated[str, Field(pattern=r"^(?:default|[A-Za-z0-9_-]{22})$")]
Visibility = Literal["private", "link", "public"]
Name = Annotated[Words, Field(max_length=100)]
Note = Annotated[
    str, Field(max_length=1_000, pattern=TEXT, description="Markdown"), LINE_ENDS, RENDERABLE
]
Position = Annotated[int, Field(ge=1, le=1_000, description="1: the first"), WHOLE]


class WishlistDraft(Input):
    """A new wishlist; `copy_of` is the key of a wishlist to copy the courses from."""

    name: Name
    visibility: Visibility = "private"
    copy_of: Annotated[str, Field(pattern=KEY)] | None = None


class WishlistPatch(Input):
    """Changes to a wishlist; with `new_address`, its former link stops working.

    Only a list without a name, such as a default one, keeps an empty name.
    """

    same_in_forms = False

    name: Annotated[Line, Field(max_length=100)] | MISSING = MISSING
    visibility: Visibility | MISSING | None = MISSING
    new_address: bool | MISSING = MISSING
    version: Version | MISSING = MISSING
    key: ReadOnly | MISSING = MISSING
    url: ReadOnly | MISSING = MISSING
    default: ReadOnly | MISSING = MISSING
    owner: ReadOnly | MISSING = MISSING
    items: ReadOnly | MISSING = MISSING
    totals: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


class WishlistQuery(Input):
    hours: Annotated[int, Field(ge=1, le=100), BeforeValidator(plain_digits)] = Field(
        5,
        description="Hours per week for learning, to compute how long the courses take.",
        examples=[4],
    )


class WishDraft(Input):
    """The note and position of a wish; omitted fields stay unchanged."""

    note: Note | MISSING | None = MISSING
    position: Position | MISSING = MISSING
    version: Version | MISSING = MISSING
    wishlist: ReadOnly | MISSING = MISSING
    wished: ReadOnly | MISSING = MISSING
    course: ReadOnly | MISSING = MISSING
    title: ReadOnly | MISSING = MISSING
    added_at: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


class WishSwitch(Input):
    """The form of a wish; `back` is the page to redirect to instead of the course."""

    wish: Literal["on", "off"]
    note: Note | MISSING = MISSING
    position: Position | MISSING = MISSING
    version: Version | MISSING = MISSING
    back: Literal["list", "wish"] | MISSING = MISSING


class WishMove(Input):
    """A move of a wish to the user's list with the key `to`; with `keep`, it stays here, too."""

    same_in_forms = False

    to: Annotated[str, Field(pattern=KEY)]
    keep: bool = False


class WishItem(TypedDict):
    """A course on a wishlist.

    `course` is null if the course is no longer visible; `title` is its last known title.
    """

    course: CourseSummary | None
    title: str
    note: str | None
    added_at: datetime
    version: int
    links: dict[str, str]


class Totals(TypedDict):
    """The total price and duration of a wishlist's courses, and the weeks they take."""

    price: MoneyOut
    duration_minutes: Count
    hours_per_week: int
    weeks: Count


class WishlistRef(TypedDict):
    """A wishlist without its courses; `name` is empty for a default list that was not renamed."""

    key: str
    url: str
    name: str
    visibility: Visibility
    default: bool
    count: Count
    version: int


class WishlistOut(TypedDict):
    """A wishlist with its courses."""

    key: str
    url: str
    name: str
    visibility: Visibility
    default: bool
    owner: PersonRef
    items: list[WishItem]
    totals: Totals
    version: int
    links: dict[str, str]


class WishlistsOut(TypedDict):
    """The current user's wishlists."""

    items: list[WishlistRef]
    total: Count
    total_exact: bool
    links: PageLinks


class WishOut(TypedDict):
    """A course for a wishlist; `wished` is true if it is on the list."""

    wishlist: str
    wished: bool
    course: CourseSummary | None
    title: str
    note: str | None
    added_at: datetime | None
    version: int
    links: dict[str, str]
