"""Precompiled SQL statements for hot queries, sent directly to the driver.

A statement is compiled once per dialect, and its SQL is then sent to the driver as it is. Reading a
course from SQLite takes 7 µs, compared with 38 µs through SQLAlchemy with a prebuilt statement.
Column types convert values in both directions as usual.
"""

from __future__ import annotations

import logging
from collections import namedtuple
from contextlib import closing
from itertools import starmap
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from sqlalchemy import SelectBase
from typing_extensions import TypeVar

from courseshop.database.engine import wrap_driver_error
from courseshop.domain.threads import note_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Dialect, UpdateBase
    from sqlalchemy.types import TypeEngine

    from courseshop.database.types import SqlValue

    Process = Callable[[SqlValue], SqlValue]

Row = TypeVar("Row", default=None)
# The logger of statements in SQLAlchemy.
log = logging.getLogger("sqlalchemy.engine.Engine")


class DriverStatement(NamedTuple):
    """A statement in the SQL of a driver.

    `names` is the order of the parameters, or None if the driver takes them by name. `sent` are the
    converters of parameters by name, `got` those of columns by index.
    """

    text: str
    constants: dict[str, SqlValue]
    names: tuple[str, ...] | None
    sent: dict[str, Process]
    got: list[tuple[int, Process]]


class CompiledStatement(Generic[Row]):
    """A statement with bound parameters; the columns of a select must have distinct names.

    The rows of a select are named tuples, typed as `Row`. Unlike SQLAlchemy, an insert does not
    apply Python-side defaults, nor return the primary key of the new row.
    """

    def __init__(self, statement: SelectBase | UpdateBase) -> None:
        self.statement = statement
        columns = statement.selected_columns.items() if isinstance(statement, SelectBase) else ()
        self._types = [column.type for _name, column in columns]
        # Its fields are known only at runtime; courseshop.models.rows declares them for mypy.
        self.row: Any = namedtuple("Row", [name for name, _column in columns])  # type: ignore[misc]  # noqa: PYI024
        self._compiled: dict[str, DriverStatement] = {}

    def one(self, connection: Connection, **values: SqlValue) -> Row | None:
        """Return the first row for these parameter values, or None."""
        return next(iter(self.rows(connection, **values)), None)

    def rows(self, connection: Connection, **values: SqlValue) -> list[Row]:
        """Return the rows for these parameter values. Raises SQLAlchemy's errors."""
        known, found, _count = self.execute(connection, values)
        if not known.got:
            return list(starmap(self.row, found))
        return [self._read(known.got, row) for row in found]

    def run(self, connection: Connection, **values: SqlValue) -> int:
        """Execute a write; return the number of affected rows. Raises SQLAlchemy's errors."""
        _known, _found, count = self.execute(connection, values)
        return count

    def execute(
        self, connection: Connection, values: dict[str, SqlValue]
    ) -> tuple[DriverStatement, Sequence[Sequence[SqlValue]], int]:
        known = self._compiled.get(connection.dialect.name) or self._compile(connection.dialect)
        given = {**known.constants, **values}
        for name, process in known.sent.items():
            given[name] = process(given[name])
        sent = given if known.names is None else tuple(given[name] for name in known.names)
        if log.isEnabledFor(logging.INFO):
            log.info("%s", known.text)
        try:
            with closing(connection.connection.cursor()) as cursor:
                cursor.execute(known.text, sent)
                found = cursor.fetchall() if self._types else []
                note_answer()
                return known, found, cursor.rowcount
        except connection.dialect.loaded_dbapi.Error as error:
            raise wrap_driver_error(error, connection, known.text) from error

    def _read(self, got: list[tuple[int, Process]], row: Sequence[SqlValue]) -> Row:
        values = list(row)
        for place, process in got:
            values[place] = process(values[place])
        found: Row = self.row(*values)
        return found

    def _compile(self, dialect: Dialect) -> DriverStatement:
        made = self.statement.compile(dialect=dialect)
        sent = {name: _impl(bound.type, dialect) for bound, name in made.bind_names.items()}
        writes = {name: one.bind_processor(dialect) for name, one in sent.items()}
        columns = [_impl(one, dialect) for one in self._types]
        reads = [(at, one.result_processor(dialect, None)) for at, one in enumerate(columns)]
        found = DriverStatement(
            str(made),
            dict(made.params),
            tuple(made.positiontup or ()) if made.positional else None,
            {name: process for name, process in writes.items() if process},
            [(at, process) for at, process in reads if process],
        )
        self._compiled[dialect.name] = found
        return found


def _impl(kind: TypeEngine[SqlValue], dialect: Dialect) -> TypeEngine[SqlValue]:
    return kind.dialect_impl(dialect)
