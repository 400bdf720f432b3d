"""Migrations of the shop and of each plugin, each in an Alembic environment of its own.

A plugin's revisions never depend on the shop's, and its current revision is stored in its own
version table. So the shop still starts after the plugin is removed from the ini file.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from pyramid.exceptions import ConfigurationError
from pyramid.path import AssetResolver
from sqlalchemy import text

# Registers operations of Alembic.
from courseshop.database import resuming  # noqa: F401
from courseshop.database.base import Base
from courseshop.database.compatibility import (
    read_revisions,
    store_oldest_code,
    stored_oldest_code,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry
    from sqlalchemy import Connection, Engine, Table
    from sqlalchemy.pool import PoolProxiedConnection
    from sqlalchemy.schema import SchemaItem

    from courseshop.database.compatibility import Revisions
    from courseshop.framework.configurator import Configurator

MIGRATIONS = "courseshop migrations"
# The first schema with all that the code relies on: tables, columns, and what rows mean.
OLDEST_SCHEMA = "0027"
# With these, trailing spaces, case and accents distinguish names, as on the other databases.
BINARY_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")


@dataclass(frozen=True)
class Environment:
    """One package's migrations: their folder, and the table with the current revision.

    `oldest_schema` is the revision that the code needs at least; without it, the newest one.
    """

    package: str
    path: str
    version_table: str
    oldest_schema: str | None = None

    def config(self, connection: Connection | None = None) -> Config:
        """Return the configuration of Alembic's commands."""
        config = Config()
        config.set_main_option("script_location", self.path.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes.update(connection=connection, environment=self)
        return config

    @cached_property
    def revisions(self) -> Revisions:
        """The migrations of the package, which are read once.

        Raises ConfigurationError if they cannot be loaded.
        """
        return read_revisions(self.config(), self.package, self.oldest_schema)

    def current(self, connection: Connection) -> set[str]:
        """Return the current revisions of the database."""
        options = {"version_table": self.version_table}
        return set(MigrationContext.configure(connection, opts=options).get_current_heads())


def add_migrations(
    config: Configurator, package_path: str, oldest_schema: str | None = None
) -> None:
    """Register the Alembic environment in `package_path` ("package:folder"), which `init` runs.

    Its `env.py` has two lines: import `run_migrations` from `courseshop.plugin`, and call it. The
    code works with schemas from the revision `oldest_schema` on; by default it needs the newest.
    Raises ConfigurationError if there is no `env.py`.
    """
    path = Path(AssetResolver(config.package).resolve(package_path).abspath())
    if not (path / "env.py").is_file():
        raise ConfigurationError(f"add_migrations: there is no env.py in {package_path}")
    package = config.package_name
    suffix = "" if package == "courseshop" else f"_{package.replace('.', '_')}"
    environment = Environment(package, str(path), f"alembic_version{suffix}", oldest_schema)
    introspectable = config.introspectable(MIGRATIONS, package, package, MIGRATIONS)
    introspectable["environment"] = environment
    config.action((MIGRATIONS, package), introspectables=(introspectable,))


def environments(registry: Registry) -> list[Environment]:
    """Return the shop's environment, then the plugins' in the order of the ini file."""
    found = registry.introspector.get_category(MIGRATIONS) or []
    return [entry["introspectable"]["environment"] for entry in found]


def mismatch(connection: Connection, found: list[Environment]) -> str | None:
    """Return why the code of one of these packages cannot use its schema, None if all can."""
    oldest_code = stored_oldest_code(connection)
    for one in found:
        reason = one.revisions.mismatch(one.current(connection), oldest_code.get(one.package))
        if reason:
            return reason
    return None


def check_collation(engine: Engine) -> None:
    if engine.dialect.name not in {"mysql", "mariadb"}:
        return
    with engine.connect() as connection:
        collation = connection.scalar(text("SELECT @@collation_database"))
    if collation not in BINARY_COLLATIONS:
        raise ConfigurationError(
            f"sqlalchemy.url: the database {engine.url.database} compares text by {collation}; "
            f"expected one of {', '.join(BINARY_COLLATIONS)}; run: ALTER DATABASE "
            f"{engine.url.database} CHARACTER SET utf8mb4 COLLATE {BINARY_COLLATIONS[0]}"
        )


def run() -> None:
    """Run one package's migrations; this is everything that an `env.py` does."""
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
    """Upgrade every environment to its head; return a message for each that changed.

    Raises ConfigurationError if the database has an unsuitable collation, or a schema that is too
    new for this code.
    """
    check_collation(engine)
    return [message for one in found for message in _upgrade(engine, one)]


def _upgrade(engine: Engine, environment: Environment) -> list[str]:
    revisions = environment.revisions
    with migrating(engine) as connection:
        before = environment.current(connection)
        if revisions.are_older_than(before):
            if reason := mismatch(connection, [environment]):
                raise ConfigurationError(f"sqlalchemy.url: {reason}")
            return [f"{environment.package}: the schema is newer than this code, but fits it."]
        # First: MariaDB commits changes of the schema at once, and old code must stop before them.
        store_oldest_code(connection, environment.package, revisions.oldest_code)
        command.upgrade(environment.config(connection), "head")
        after = environment.current(connection)
    if after == before:
        return []
    old, new = (", ".join(sorted(heads)) or "nothing" for heads in (before, after))
    if not before:
        return [f"{environment.package}: created the schema {new}."]
    return [f"{environment.package}: upgraded the schema from {old} to {new}."]


def downgrade(engine: Engine, found: list[Environment]) -> None:
    """Downgrade every environment to its base, the last one first."""
    for environment in reversed(found):
        with migrating(engine) as connection:
            command.downgrade(environment.config(connection), "base")


@contextmanager
def migrating(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction that may rebuild tables.

    SQLite rebuilds a table by dropping it, which would delete the rows that refer to it. So foreign
    keys are off meanwhile.
    """
    with engine.connect().execution_options(writes=True) as connection:
        raw = connection.connection
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            _set_foreign_keys(raw, "OFF")
        try:
            with connection.begin():
                yield connection
        finally:
            if sqlite:
                _set_foreign_keys(raw, "ON")


def _set_foreign_keys(raw: PoolProxiedConnection, state: str) -> None:
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA foreign_keys = {state}")
    cursor.close()


def own_tables(found: list[Environment]) -> list[Table]:
    """Return the tables of these environments' models."""
    packages = tuple(f"{environment.package}." for environment in found)
    foreign = {
        mapper.local_table
        for mapper in Base.registry.mappers
        if not f"{mapper.class_.__module__}.".startswith(packages)
    }
    return [one for one in Base.metadata.sorted_tables if one not in foreign]


# Any: Alembic does not type the differences that it finds.
def drift(connection: Connection, found: list[Environment]) -> list[Any]:
    """Return the differences between these environments' models and the database."""
    names = {table.name for table in own_tables(found)}

    def ours(
        _item: SchemaItem,
        name: str | None,
        kind: str,
        _reflected: bool,
        _other: SchemaItem | None,
    ) -> bool:
        # Models cannot express full-text indexes.
        if kind == "index" and str(name).startswith("fulltext_"):
            return False
        return kind != "table" or name in names

    migration = MigrationContext.configure(connection, opts={"include_object": ours})
    return list(compare_metadata(migration, Base.metadata))


def includeme(config: Configurator) -> None:
    config.add_directive("add_migrations", add_migrations)
    config.with_package("courseshop").add_migrations("courseshop:migrations", OLDEST_SCHEMA)
