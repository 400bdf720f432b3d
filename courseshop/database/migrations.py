"""Migrations of the shop and of each plugin, each in an Alembic environment of its own.

A plugin's revisions never depend on the shop's, and its current revision is stored in its own
version table. So the shop still starts after the plugin is removed from the ini file.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pyramid.exceptions import ConfigurationError
from pyramid.path import AssetResolver
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError

from courseshop.database.base import Base
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry
    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import PoolProxiedConnection
    from sqlalchemy.schema import SchemaItem

    from courseshop.framework.configurator import Configurator

MIGRATIONS = "courseshop migrations"
# With these, trailing spaces, case and accents distinguish names, as on the other databases.
BINARY_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")


@dataclass(frozen=True)
class Environment:
    """One package's migrations: their folder, and the table with the current revision."""

    package: str
    path: str
    version_table: str

    def config(self, connection: Connection | None = None) -> Config:
        """Return the configuration of Alembic's commands."""
        config = Config()
        config.set_main_option("script_location", self.path.replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes.update(connection=connection, environment=self)
        return config

    def heads(self) -> set[str]:
        """Return the head revisions, on which no other revision is based.

        Raises ConfigurationError if the migrations, which are Python code, cannot be loaded.
        """
        try:
            return set(ScriptDirectory.from_config(self.config()).get_heads())
        except Exception as error:
            raise ConfigurationError(
                f"the migrations of {self.package} cannot be read: {error!r}"
            ) from error

    def current(self, connection: Connection) -> set[str]:
        """Return the current revisions of the database."""
        options = {"version_table": self.version_table}
        return set(MigrationContext.configure(connection, opts=options).get_current_heads())


def add_migrations(config: Configurator, package_path: str) -> None:
    """Register the Alembic environment in `package_path` ("package:folder"), which `init` runs.

    Its `env.py` has two lines: import `run_migrations` from `courseshop.plugin`, and call it.
    Raises ConfigurationError if there is no `env.py`.
    """
    path = Path(AssetResolver(config.package).resolve(package_path).abspath())
    if not (path / "env.py").is_file():
        raise ConfigurationError(f"add_migrations: there is no env.py in {package_path}")
    package = config.package_name
    suffix = "" if package == "courseshop" else f"_{package.replace('.', '_')}"
    environment = Environment(package, str(path), f"alembic_version{suffix}")
    introspectable = config.introspectable(MIGRATIONS, package, package, MIGRATIONS)
    introspectable["environment"] = environment
    config.action((MIGRATIONS, package), introspectables=(introspectable,))


def environments(registry: Registry) -> list[Environment]:
    """Return the shop's environment, then the plugins' in the order of the ini file."""
    found = registry.introspector.get_category(MIGRATIONS) or []
    return [entry["introspectable"]["environment"] for entry in found]


def require_current(registry: Registry) -> None:
    """Raise ConfigurationError unless the database is at the code's revisions."""
    engine = shop_of(registry).engine
    try:
        check_collation(engine)
        with engine.connect() as connection:
            behind = outdated(connection, environments(registry))
    except DBAPIError as error:
        raise ConfigurationError(f"sqlalchemy.url: {error}") from error
    finally:
        # A server may fork processes from this one, and they cannot share a connection.
        engine.dispose()
    if behind:
        raise ConfigurationError(
            f"sqlalchemy.url: the schema of {', '.join(behind)} is not current; "
            "run: courseshop init INI"
        )


def outdated(connection: Connection, found: list[Environment]) -> list[str]:
    """Return the packages whose tables are not at the head revisions."""
    return [one.package for one in found if one.current(connection) != one.heads()]


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

    Raises ConfigurationError if the database has an unsuitable collation.
    """
    check_collation(engine)
    moved = []
    for environment in found:
        with migrating(engine) as connection:
            before = environment.current(connection)
            command.upgrade(environment.config(connection), "head")
            after = environment.current(connection)
        if after != before:
            steps = [", ".join(sorted(heads)) or "nothing" for heads in (before, after)]
            moved.append(f"{environment.package}: the schema went from {steps[0]} to {steps[1]}.")
    return moved


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


# Any: Alembic does not type the differences that it finds.
def drift(connection: Connection, found: list[Environment]) -> list[Any]:
    """Return the differences between these environments' models and the database."""
    packages = tuple(f"{environment.package}." for environment in found)
    foreign = {
        mapper.local_table.key
        for mapper in Base.registry.mappers
        if isinstance(mapper.local_table, Table)
        and not f"{mapper.class_.__module__}.".startswith(packages)
    }

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
        return kind != "table" or (name in Base.metadata.tables and name not in foreign)

    migration = MigrationContext.configure(connection, opts={"include_object": ours})
    return list(compare_metadata(migration, Base.metadata))


def includeme(config: Configurator) -> None:
    config.add_directive("add_migrations", add_migrations)
    config.with_package("courseshop").add_migrations("courseshop:migrations")
