"""Whether the shop can serve pages: its database answers, fits the code, and can be written."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from sqlalchemy import (
    String,
    column,
    exists,
    false,
    literal,
    not_,
    or_,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.exc import DBAPIError

from courseshop.database.compatibility import STORED
from courseshop.database.engine import end_reading, is_locked, lacks_schema
from courseshop.database.migrations import check_collation, environments, mismatch, own_tables
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy import Connection, Engine, Select

    from courseshop.database.migrations import Environment
    from courseshop.framework.configurator import Configurator

log = logging.getLogger(__name__)
INCOMPLETE = "the schema lacks a table or column of the shop; run: courseshop init INI"


class Readiness:
    """Checks the database; whatever depends on the code alone is computed once."""

    def __init__(self, engine: Engine, found: list[Environment]) -> None:
        self._engine = engine
        self._environments = found

    def fault(self) -> str | None:
        """Return why the shop is not ready, or None if it is.

        Other writers do not delay it, but a table that is being altered does. Raises
        SQLAlchemyError if the database does not answer.
        """
        connection = self._engine.connect()
        try:
            return self.schema_fault(connection) or self._write_fault(connection)
        finally:
            end_reading(connection)

    def schema_fault(self, connection: Connection) -> str | None:
        """Return why the code cannot use the schema of the database, or None if it can."""
        try:
            rows = connection.exec_driver_sql(self._schema_query).all()
        except DBAPIError as error:
            if not lacks_schema(error):
                raise
            log.warning("not ready: %s", error.orig)
            connection.rollback()
            return mismatch(connection, self._environments) or INCOMPLETE
        oldest_code = {row.package: row.oldest_code for row in rows}
        for one in self._environments:
            current = {row.version_num for row in rows if row.package == one.package}
            if reason := one.revisions.mismatch(current, oldest_code.get(one.package)):
                return reason
        return None

    def _write_fault(self, connection: Connection) -> str | None:
        """Try a statement that writes, but changes nothing."""
        try:
            connection.exec_driver_sql(self._no_write)
        except DBAPIError as error:
            if is_locked(error):
                # Another process is writing, so the database can be written.
                return None
            if error.connection_invalidated:
                raise
            log.warning("not ready: %s", error.orig)
            return "the database cannot be written"
        return None

    @cached_property
    def _schema_query(self) -> str:
        """A query for the revisions of all packages that also names every column of the models."""
        empty = [select(*one.columns).where(false()) for one in own_tables(self._environments)]
        first, *others = map(state_of, self._environments)
        query = union_all(first.where(not_(or_(*map(exists, empty)))), *others)
        return str(query.compile(self._engine, compile_kwargs={"literal_binds": True}))

    @cached_property
    def _no_write(self) -> str:
        versions = table(self._environments[0].version_table, column("version_num"))
        statement = update(versions).values(version_num=versions.c.version_num).where(false())
        return str(statement.compile(self._engine))


def state_of(environment: Environment) -> Select[tuple[str, str, str | None]]:
    """Select the current revisions of a package, and the oldest code that may use its schema."""
    versions = table(environment.version_table, column("version_num", String))
    package, oldest_code = STORED.c.package, STORED.c.oldest_code
    stored = versions.outerjoin(STORED, package == environment.package)
    named = literal(environment.package).label("package")
    return select(named, versions.c.version_num, oldest_code).select_from(stored)


def require_schema(registry: Registry) -> None:
    """Raise ConfigurationError unless the code can use the schema of the database."""
    engine = shop_of(registry).engine
    try:
        check_collation(engine)
        with engine.connect() as connection:
            fault = shop_of(registry).readiness.schema_fault(connection)
    except DBAPIError as error:
        raise ConfigurationError(f"sqlalchemy.url: {error}") from error
    finally:
        # A server may fork this process, and processes must not share a connection.
        engine.dispose()
    if fault:
        raise ConfigurationError(f"sqlalchemy.url: {fault}")


def includeme(config: Configurator) -> None:
    def prepare() -> None:
        shop = shop_of(config.registry)
        shop.readiness = Readiness(shop.engine, environments(config.registry))

    # Last, when the migrations of all packages are known.
    config.action(None, prepare, order=1)
