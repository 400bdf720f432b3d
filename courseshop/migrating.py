"""Migrations: the shop's and each plugin's, every one an alembic environment of its own.

A plugin's revisions never depend on the shop's, and its head stands in a table of its own, so
that a shop starts again after the plugin's line has left the ini.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

from courseshop.db import Base
from courseshop.revisions import check_collation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

    from courseshop.revisions import Environment


def config_of(environment: Environment, connection: Connection) -> Config:
    """Return what alembic's commands need to know of an environment."""
    config = Config()
    config.set_main_option("script_location", environment.path.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, environment=environment)
    return config


def run() -> None:
    """Run one package's migrations: the whole of every `env.py`."""
    connection = context.config.attributes["connection"]
    environment = context.config.attributes["environment"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=environment.version_table,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def upgrade(engine: Engine, found: list[Environment]) -> list[str]:
    """Bring every environment to its head; return a line for each that moved.

    Raises ConfigurationError on an unfit database.
    """
    check_collation(engine)
    moved = []
    for environment in found:
        with migrating(engine) as connection:
            before = environment.current(connection)
            command.upgrade(config_of(environment, connection), "head")
            after = environment.current(connection)
        if after != before:
            steps = [", ".join(sorted(heads)) or "nothing" for heads in (before, after)]
            moved.append(f"{environment.package}: the schema went from {steps[0]} to {steps[1]}.")
    return moved


def downgrade(engine: Engine, found: list[Environment]) -> None:
    """Take every environment back to nothing, the last one first."""
    for environment in reversed(found):
        with migrating(engine) as connection:
            command.downgrade(config_of(environment, connection), "base")


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that may rebuild tables.

    SQLite rebuilds a table by dropping it, which would delete the rows that refer to it.
    """
    with engine.connect().execution_options(writes=True) as connection:
        raw: Any = connection.connection.dbapi_connection
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            raw.execute("PRAGMA foreign_keys = OFF").close()
        try:
            with connection.begin():
                yield connection
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys = ON").close()


def drift(connection: Connection, found: list[Environment]) -> list[Any]:
    """Return where the tables of these environments' models differ from the database's."""
    packages = tuple(f"{environment.package}." for environment in found)
    foreign = {
        mapper.local_table.key  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if not f"{mapper.class_.__module__}.".startswith(packages)
    }

    def ours(_item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        # What a database indexes full texts by, no model can say.
        if kind == "index" and str(name).startswith("fulltext_"):
            return False
        return kind != "table" or (name in Base.metadata.tables and name not in foreign)

    migration = MigrationContext.configure(connection, opts={"include_object": ours})
    return list(compare_metadata(migration, Base.metadata))
