"""Keyset pagination: pages start at a row, not an offset, so page 1,000 costs as much as page 1."""

from __future__ import annotations

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from sqlalchemy import BigInteger, and_, func, literal, or_, select, union

from courseshop.domain.money import MOST_PLACES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Subquery
    from sqlalchemy.orm import Session

    from courseshop.database.types import Column, Rows
    from courseshop.models.rows import Identified
    from courseshop.schemas.base import PageQuery

    # The values of sort columns.
    SortValue = datetime | Decimal | int | str

Row = TypeVar("Row", bound="Identified")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
# The range of years that every database can compare.
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
SHAPE = struct.Struct(">qq")


class Cursor(NamedTuple):
    """The position of a row in a list: its sort key as a number, and its id, which breaks ties."""

    key: int
    id: int

    def encode(self) -> str:
        """Return 22 URL-safe characters."""
        return urlsafe_b64encode(SHAPE.pack(self.key, self.id)).decode("ascii").rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor:
        """Return the cursor that 22 URL-safe characters stand for; a signature may follow them."""
        return cls(*SHAPE.unpack(urlsafe_b64decode(text[:22] + "==")))


def moment_to_key(moment: datetime) -> int:
    """Return the number of microseconds since 1970."""
    return (moment - EPOCH) // MICROSECOND


def key_to_moment(key: int) -> datetime:
    lowest, highest = moment_to_key(EARLIEST), moment_to_key(LATEST)
    return EPOCH + min(max(key, lowest), highest) * MICROSECOND


@dataclass(frozen=True)
class Keyset:
    """The sort order of a list, largest (newest) first: a non-null column, then the id.

    `ascending` reverses it. Cursors hold moments as microseconds since 1970.
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
        """Return the column's value in the cursor's row, as a value or an SQL expression."""
        if self.is_moment:
            return key_to_moment(cursor.key)
        # Typed as bigint; otherwise PostgreSQL casts it to the column's type, which may be smaller.
        return literal(cursor.key, BigInteger)

    def beyond(self, cursor: Cursor, ascending: bool) -> ColumnElement[bool]:
        """Return the condition for the rows after `cursor` in that direction.

        It avoids `(a, b) < (x, y)`, for which MariaDB reads the whole index.
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
    """The sort order by a price; cursors hold it as it is stored."""

    is_moment: bool = False

    def key_of(self, value: SortValue) -> int:
        return int(Decimal(str(value)).scaleb(MOST_PLACES))


@dataclass(frozen=True)
class TextKeyset(Keyset):
    """The sort order by a text, which does not fit into a cursor: it is looked up by the row's id.

    `lookup(id)` returns the select of the text. If the row was deleted, the page is empty.
    """

    is_moment: bool = False
    lookup: Callable[[int], Rows] = field(kw_only=True)

    def key_of(self, value: SortValue) -> int:  # noqa: ARG002
        return 0

    def value_of(self, cursor: Cursor) -> Column:
        return self.lookup(cursor.id).scalar_subquery()


# Rows are counted up to this number; pages show more as "10,000+".
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Total:
    """The number of rows of a list; if not `exact`, a lower bound."""

    number: int
    exact: bool = True


def count_up_to(db: Session, rows: Rows, most: int = MOST_COUNTED) -> Total:
    """Return the number of rows of a select, or `most` as a lower bound if there are more."""
    some = rows.order_by(None).limit(most + 1).subquery()
    number = db.scalar(select(func.count()).select_from(some)) or 0
    return Total(min(number, most), exact=number <= most)


@dataclass(frozen=True)
class Slice(Generic[Row]):
    """A page of rows; `after` and `before` are cursors for the pages beside it, None at an end.

    `pages` is the number of pages. If there are several, only the first page has it, and only if
    the total is exact: a cursor does not tell how many rows come before it.
    """

    rows: list[Row]
    total: Total
    after: str | None
    before: str | None
    pages: int | None = None


def paginate(
    db: Session, rows: Rows, keyset: Keyset, query: PageQuery, total: Total | None = None
) -> Slice[Row]:
    """Return the page of `rows` that `query` asks for.

    Takes two database queries, or one if the `total` is given.
    """
    # Untyped: the caller declares which class of courseshop.models.rows has these columns.
    result: Any = db.execute(page_of(rows, keyset, query))
    found: list[Row] = list(result)
    total = total or count_up_to(db, rows.with_only_columns(keyset.id))
    return cut(found, keyset, query, total)


def paginate_parts(  # noqa: PLR0913, PLR0917 - what `paginate` takes, and the parts
    db: Session,
    rows: Rows,
    keyset: Keyset,
    query: PageQuery,
    parts: Sequence[ColumnElement[bool]],
    total: Total | None = None,
) -> Slice[Row]:
    """Return the page of those `rows` that meet at least one of the conditions in `parts`.

    The database reads a page of each part from an index. With an OR of the conditions, it would
    read and sort all rows of the list. Only the rows on the page are read whole.
    """
    keys, page = page_first(keyset, query, parts)
    found = rows.add_columns(keys.column).join(page, keys.id == keyset.id)
    return paginate(db, found, keys, query, total or count_up_to(db, ids_of(keyset.id, parts)))


def page_first(
    keyset: Keyset, query: PageQuery, parts: Sequence[ColumnElement[bool]]
) -> tuple[Keyset, Subquery]:
    """Return a page's ids and sort keys as a subquery to join, and the keyset for the joined rows.

    The page is merged from a page of each part.
    """
    keys: Rows = select(keyset.id.label("id"), keyset.column.label("sort_key"))
    page = merge([page_of(keys.where(part), keyset, query) for part in parts])
    if len(parts) > 1:
        merged = replace(keyset, column=page.c.sort_key, id=page.c.id)
        page = page_of(select(page), merged, query).subquery()
    return replace(keyset, column=page.c.sort_key, id=page.c.id, label="sort_key"), page


def ids_of(row_id: Column, parts: Sequence[ColumnElement[bool]], most: int = MOST_COUNTED) -> Rows:
    """Return the select of the ids of rows that meet at least one of the conditions, to count them.

    It has at most `most` + 1 ids of each part.
    """
    ids: Rows = select(row_id.label("id"))
    return select(merge([ids.where(part).limit(most + 1) for part in parts]))


def merge(selects: Sequence[Rows]) -> Subquery:
    """Return the rows of several selects, each row once."""
    if len(selects) == 1:
        return selects[0].subquery()
    # Nested, because SQLite allows neither an order nor a limit in a part of a union.
    return union(*(select(one.subquery()) for one in selects)).subquery()


def page_of(rows: Rows, keyset: Keyset, query: PageQuery) -> Rows:
    """Return the select of a page's rows and of one more, which shows that the list goes on."""
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
    """Return the page made of the rows of `page_of`, without the extra row."""
    more, found = len(found) > query.limit, found[: query.limit]
    from_end = backwards(query)
    if from_end:
        found.reverse()
    has_next, has_previous = (True, more) if from_end else (more, query.after is not None)
    is_first = has_next and not has_previous and len(found) == query.limit
    return Slice(
        rows=found,
        total=total,
        after=keyset.cursor(found[-1]) if found and has_next else None,
        before=keyset.cursor(found[0]) if found and has_previous else None,
        pages=-(-total.number // query.limit) if is_first and total.exact else None,
    )
