"""Rows of wishlists and wishes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from courseshop.models.rows.course import ListedCourse

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from courseshop.schemas.wishlist import Visibility


class WishlistRow(Protocol):
    """A wishlist with its owner; the sums of stamps grow when its courses or categories change."""

    id: int
    key: str
    owner_id: int
    default_of: int | None
    name: str
    visibility: Visibility
    created_at: datetime
    version: int
    stamp: int
    username: str
    owner_name: str
    owner_stamp: int
    wishes: int
    courses_stamp: int
    categories_stamp: int


class WishedCourse(ListedCourse, Protocol):
    """A course on a wishlist."""

    course_id: int
    wished_title: str
    note: str
    note_html: str | None
    position: int
    added_at: datetime
    wish_version: int


class WishRow(ListedCourse, Protocol):
    """A course on a wishlist, or one that its owner may add: then `wish_version` is None."""

    course_id: int | None
    wished_title: str | None
    note: str | None
    note_html: str | None
    position: int | None
    added_at: datetime | None
    wish_version: int | None


class HeldWish(Protocol):
    """A locked wishlist; `note` and `version` are None if the course in question is not on it."""

    id: int
    note: str | None
    version: int | None


class PriceChangeRow(Protocol):
    """A price change of a course on a wishlist."""

    id: int
    at: datetime
    old: Decimal
    new: Decimal
    slug: str
    title: str


class ListChoice(Protocol):
    """A wishlist, and whether a course is on it."""

    key: str
    name: str
    on: bool
