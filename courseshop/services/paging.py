"""Keyset pages: a page starts at a row, not at a number, so page 1,000 costs what page 1 does."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from sqlalchemy import BigInteger, and_, func, literal, or_, select

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Subquery
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows
    from courseshop.models.rows import Identified
    from courseshop.schemas.base import PageQuery

    # What a list is sorted by.
    SortValue = datetime | Decimal | int | str

Row = TypeVar("Row", bound="Identified")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# A year that every database can compare with.
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
SHAPE = struct.Struct(">qq")


class Cursor(NamedTuple):
    """Where a row stands in a list: the number that sorts it, and its id, which breaks ties."""

    key: int
    id: int

    def encode(self) -> str:
        """Return 22 URL-safe characters. All texts of 22 such characters are cursors."""
        return urlsafe_b64encode(SHAPE.pack(self.key, self.id)).decode("ascii").rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor:
        return cls(*SHAPE.unpack(urlsafe_b64decode(text + "==")))


def moment_to_key(moment: datetime) -> int:
    """Return the microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def key_to_moment(key: int) -> datetime:
    lowest, highest = moment_to_key(EARLIEST), moment_to_key(LATEST)
    return EPOCH + min(max(key, lowest), highest) * MICROSECOND


@dataclass(frozen=True)
class Keyset:
    """The order of a list, newest (largest) first: a sort column that is never null, and the id.

    `ascending` turns it round; a moment stands in a cursor as microseconds.
    """

    column: Column
    id: Column
    label: str
    is_moment: bool = True
    ascending: bool = False

    def cursor(self, row: Identified) -> str:
        return Cursor(self.key_of(getattr(row, self.label)), row.id).encode()

    def key_of(self, value: SortValue) -> int:
        return moment_to_key(value) if isinstance(value, datetime) else int(value)

    def value_of(self, cursor: Cursor) -> datetime | Column:
        """Return what the column has in the row of the cursor, as a value or an expression."""
        if self.is_moment:
            return key_to_moment(cursor.key)
        # Said to be a bigint, or PostgreSQL casts it to the column's type, which may be smaller.
        return literal(cursor.key, BigInteger)

    def beyond(self, cursor: Cursor, ascending: bool) -> ColumnElement[bool]:
        """Return the condition for what follows `cursor` in that direction.

        It is spelled out because MariaDB reads the whole index for `(a, b) < (x, y)`.
        """
        key = self.value_of(cursor)
        if ascending:
            later = or_(self.column > key, self.id > cursor.id)
            return and_(self.column >= key, later)
        return and_(self.column <= key, or_(self.column < key, self.id < cursor.id))

    def order(self, ascending: bool) -> tuple[Column, ...]:
        if ascending:
            return (self.column.asc(), self.id.asc())
        return (self.column.desc(), self.id.desc())


@dataclass(frozen=True)
class MoneyKeyset(Keyset):
    """The order by a price, which stands in a cursor as cents."""

    is_moment: bool = False

    def key_of(self, value: SortValue) -> int:
        return int(Decimal(str(value)) * 100)


@dataclass(frozen=True)
class TextKeyset(Keyset):
    """The order by a text, which is looked up by the id in the cursor: it has no room for one.

    `lookup(id)` is the select of the text. Where there is no such row any more, nothing follows.
    """

    is_moment: bool = False
    lookup: Callable[[int], Rows] = field(kw_only=True)

    def key_of(self, value: SortValue) -> int:  # noqa: ARG002
        return 0

    def value_of(self, cursor: Cursor) -> Column:
        return self.lookup(cursor.id).scalar_subquery()


# So many are counted, or looked through to count some; of more, "10,000+" is said.
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Total:
    """How many there are; not `exact`, at least so many."""

    number: int
    exact: bool = True


def count_up_to(db: Session, rows: Rows, most: int = MOST_COUNTED) -> Total:
    """Return how many rows a select of ids has, of more than `most` only that."""
    some = rows.order_by(None).limit(most + 1).subquery()
    number = db.scalar(select(func.count()).select_from(some)) or 0
    return Total(min(number, most), exact=number <= most)


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """One page of rows: `after` and `before` are the cursors of its neighbours, None at an end."""

    rows: list[Row]
    total: Total
    after: str | None
    before: str | None


def paginate(
    db: Session, rows: Rows, keyset: Keyset, query: PageQuery, total: Total | None = None
) -> Slice[Row]:
    """Return the page of `rows` that `query` asks for, two queries whatever the page.

    One, where the `total` is known.
    """
    # The caller says which class of courseshop.models.rows has these columns.
    result: Any = db.execute(page_of(rows, keyset, query))
    found: list[Row] = list(result)
    total = total or count_up_to(db, rows.with_only_columns(keyset.id))
    return cut(found, keyset, query, total)


def page_first(
    keyset: Keyset, query: PageQuery, some: ColumnElement[bool]
) -> tuple[Keyset, Subquery]:
    """Return the one page of what the condition takes, to be joined, and the keyset of that.

    So what is not on the page is sorted without being read whole.
    """
    keys: Rows = select(keyset.id.label("id"), keyset.column.label("sort_key")).where(some)
    page = page_of(keys, keyset, query).subquery()
    return replace(keyset, column=page.c.sort_key, id=page.c.id, label="sort_key"), page


def page_of(rows: Rows, keyset: Keyset, query: PageQuery) -> Rows:
    """Return the select of a page's rows, and of one more if there is one."""
    page = rows
    if query.after is not None:
        page = page.where(keyset.beyond(Cursor.decode(query.after), keyset.ascending))
    if query.before is not None:
        page = page.where(keyset.beyond(Cursor.decode(query.before), not keyset.ascending))
    ascending = keyset.ascending != backwards(query)
    return page.order_by(*keyset.order(ascending)).limit(query.limit + 1)


def backwards(query: PageQuery) -> bool:
    return query.before is not None and query.after is None


def cut(found: list[Row], keyset: Keyset, query: PageQuery, total: Total) -> Slice[Row]:
    """Return the page that the rows of `page_of` make."""
    more, found = len(found) > query.limit, found[: query.limit]
    from_end = backwards(query)
    if from_end:
        found.reverse()
    has_next, has_previous = (True, more) if from_end else (more, query.after is not None)
    return Slice(
        rows=found,
        total=total,
        after=keyset.cursor(found[-1]) if found and has_next else None,
        before=keyset.cursor(found[0]) if found and has_previous else None,
    )
