"""Inserts guarded by unique constraints: insert first, query for the duplicate only on failure."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import insert
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from courseshop.database.engine import is_duplicate
from courseshop.database.stale import StaleEdit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Insert
    from sqlalchemy.orm import InstrumentedAttribute, Session

    from courseshop.database.base import Base
    from courseshop.database.types import Rows, SqlValue

    # The values of a new row, by column name.
    New = Mapping[str, SqlValue]


@contextmanager
def unless_taken(
    db: Session, taken: Rows, refusal: Exception, *more: tuple[Rows, Exception]
) -> Iterator[None]:
    """Run an insert in a savepoint; if it fails, raise `refusal` if `taken` selects a duplicate.

    `more` are further pairs of select and exception, for other unique columns. Raises StaleEdit if
    the duplicate was deleted in the meantime, which is possible because rolling back the savepoint
    released its locks. Any other violated constraint is a bug, and stays an IntegrityError.
    """
    try:
        with db.begin_nested():
            yield
    except IntegrityError as error:
        for rival, refused in ((taken, refusal), *more):
            if db.execute(rival).first() is not None:
                raise refused from None
        if is_duplicate(error):
            raise StaleEdit("the row with the same unique columns has been deleted") from error
        raise


def insert_row(db: Session, insertion: Insert, values: New | None = None) -> int:
    """Insert a row and return its id."""
    key: Sequence[int] = db.connection().execute(insertion, values).inserted_primary_key or ()
    return int(key[0])


def add_to(db: Session, counter: InstrumentedAttribute[int], rows: Sequence[New]) -> None:
    """Add to the column `counter` of several rows; insert the rows that do not exist.

    Each of `rows` has the primary key and, as `counter`, the amount to add. It is one statement,
    which locks the rows in the given order.
    """
    if not rows:
        return
    table, dialect = counter.class_.__table__, db.get_bind().dialect.name
    column = table.c[counter.key]
    if dialect in {"mysql", "mariadb"}:
        added = mysql.insert(table).values(rows)
        sums = {column.name: column + added.inserted[column.name]}
        db.execute(added.on_duplicate_key_update(sums))
    else:
        new = (postgresql if dialect == "postgresql" else sqlite).insert(table).values(rows)
        sums = {column.name: column + new.excluded[column.name]}
        db.execute(new.on_conflict_do_update(index_elements=table.primary_key, set_=sums))


def insert_new(db: Session, model: type[Base], rows: Sequence[New]) -> None:
    """Insert those of `rows` whose key does not exist yet; skip the others."""
    if not rows:
        return
    dialect = db.get_bind().dialect.name
    if dialect == "postgresql":
        statement: Insert = postgresql.insert(model).on_conflict_do_nothing()
    elif dialect == "sqlite":
        statement = sqlite.insert(model).on_conflict_do_nothing()
    else:
        statement = insert(model).prefix_with("IGNORE")
    db.execute(statement, rows)
