from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import MISSING, BeforeValidator, Field
from typing_extensions import TypedDict

from courseshop.schemas.base import (
    LINE_ENDS,
    NO_NUL,
    WHOLE,
    Input,
    MoneyOut,
    PageLinks,
    Version,
    Words,
    plain_digits,
)
from courseshop.schemas.course import Count, CourseSummary, PersonRef

KEY = r"^[A-Za-z0-9_-]{22}$"
ListKey = Annotated[str, Field(pattern=r"^(?:default|[A-Za-z0-9_-]{22})$")]
Visibility = Literal["private", "link", "public"]
Name = Annotated[Words, Field(max_length=100)]
Note = Annotated[str, Field(max_length=1_000, pattern=NO_NUL), LINE_ENDS]
Position = Annotated[int, Field(ge=1, le=1_000, description="1: the first"), WHOLE]


class WishlistDraft(Input):
    """A new list; `copy_of` is the key of one whose courses it gets from the start."""

    name: Name
    visibility: Visibility = "private"
    copy_of: Annotated[str, Field(pattern=KEY)] | None = None


class WishlistPatch(Input):
    """What to change of a list; with `new_address` its former link leads nowhere any more."""

    same_in_forms = False

    name: Name | MISSING = MISSING
    visibility: Visibility | MISSING = MISSING
    new_address: bool | MISSING = MISSING
    version: Version | MISSING = MISSING


class WishlistQuery(Input):
    hours: Annotated[int, Field(ge=1, le=100), BeforeValidator(plain_digits)] = Field(
        5,
        description="Hours a week that one has, to say how long the courses take.",
        examples=[4],
    )


class WishDraft(Input):
    """What is said of a wish; what is left out stays as it is."""

    note: Note | MISSING | None = MISSING
    position: Position | MISSING = MISSING


class WishSwitch(Input):
    """What a form says of a wish; `back` is where a browser goes then, if not to the course."""

    wish: Literal["on", "off"]
    note: Note | MISSING = MISSING
    position: Position | MISSING = MISSING
    version: Version | MISSING = MISSING
    back: Literal["list", "wish"] | MISSING = MISSING


class WishMove(Input):
    """To which of one's own lists a wish goes; with `keep` it stays on this one, too."""

    same_in_forms = False

    to: Annotated[str, Field(pattern=KEY)]
    keep: bool = False


class WishItem(TypedDict):
    """A course on a list; `course` is null when it went away, `title` what it was called."""

    course: CourseSummary | None
    title: str
    note: str | None
    added_at: datetime
    version: int
    links: dict[str, str]


class Totals(TypedDict):
    """What the courses of a list cost and take together, and for how many weeks."""

    price: MoneyOut
    duration_minutes: Count
    hours_per_week: int
    weeks: Count


class WishlistRef(TypedDict):
    """A list among others; `name` is empty for the default one until it gets another."""

    key: str
    url: str
    name: str
    visibility: Visibility
    default: bool
    count: Count
    version: int


class WishlistOut(TypedDict):
    """A list of wishes."""

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
    """One's own lists of wishes."""

    items: list[WishlistRef]
    total: Count
    total_exact: bool
    links: PageLinks


class WishOut(TypedDict):
    """A course on a list; `wished` tells whether it is there."""

    wishlist: str
    wished: bool
    course: CourseSummary | None
    title: str
    note: str | None
    added_at: datetime | None
    version: int
    links: dict[str, str]
