"""Rows by the hundred thousand into tables."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, text
from sqlalchemy.sql.schema import ScalarElementColumnDefault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Connection, Engine, Table

Row = dict[str, Any]
BATCH = 10_000


def store(
    engine: Engine, table: Table, rows: Iterable[Row], stored: Callable[[int], object]
) -> None:
    """Insert the rows in one transaction; call `stored` with the number of each batch."""
    rows = iter(rows)
    with engine.execution_options(writes=True).begin() as connection:
        send = copy if engine.dialect.name == "postgresql" else add
        if engine.dialect.name == "sqlite":
            # Rows come in the order of time, and land all over the indexes: 1 GB of them in memory.
            connection.exec_driver_sql("PRAGMA cache_size = -1000000")
        while batch := list(islice(rows, BATCH)):
            send(connection, table, batch)
            stored(len(batch))


def add(connection: Connection, table: Table, batch: Sequence[Row]) -> None:
    connection.execute(insert(table), batch)


def copy(connection: Connection, table: Table, batch: Sequence[Row]) -> None:
    """Send rows by COPY, with the types and constant defaults of the columns, twice as fast."""
    columns = {column.name: encoder(connection, column) for column in table.columns}
    defaults = {
        column.name: column.default.arg
        for column in table.columns
        if isinstance(column.default, ScalarElementColumnDefault)
    }
    cursor: Any = connection.connection.cursor()
    with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN") as stream:
        for row in batch:
            full = {**defaults, **row}
            stream.write_row([encode(full.get(name)) for name, encode in columns.items()])


def encoder(connection: Connection, column: Any) -> Callable[[Any], Any]:
    """Return the function by which a column's type makes a value the driver's."""
    dialect = connection.dialect
    return column.type.dialect_impl(dialect).bind_processor(dialect) or (lambda value: value)


def finish(engine: Engine, tables: Sequence[Table]) -> None:
    """Let new rows be numbered behind those of the tables, and the planner know what there is."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            for table in tables:
                number_on(connection, table)
            # Also what autovacuum would do some time later, in the midst of a measurement.
            connection.execute(text("VACUUM ANALYZE"))
        elif engine.dialect.name == "sqlite":
            connection.execute(text("ANALYZE"))
        else:
            names = ", ".join(table.name for table in tables)
            connection.execute(text(f"ANALYZE TABLE {names}"))


def number_on(connection: Connection, table: Table) -> None:
    """Move PostgreSQL's sequence behind the ids that were given, where the table has one."""
    if "id" in table.columns:
        last = f"(SELECT max(id) FROM {table.name})"  # noqa: S608 - our own names
        connection.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {last})")
        )
