"""How far each package's migrations have run, which every start asks.

Alembic is not imported for that: it takes 8 MiB of each process and a twentieth of a start.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyramid.exceptions import ConfigurationError
from pyramid.path import AssetResolver
from sqlalchemy import String, column, inspect, select, table, text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

MIGRATIONS = "courseshop migrations"
# Trailing spaces, case and accents distinguish names, as on the other databases.
BINARY_COLLATIONS = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")


@dataclass(frozen=True)
class Environment:
    """One package's migrations: where they are, and the table that knows how far they ran."""

    package: str
    path: str
    version_table: str

    def heads(self) -> set[str]:
        """Return the revisions that no other is based on.

        Raises ConfigurationError where a migration does not write out its own or those.
        """
        found = [_assigned(file) for file in sorted(Path(self.path, "versions").glob("*.py"))]
        revisions = {one["revision"] for one in found if "revision" in one}
        return revisions.difference(*(_several(one.get("down_revision")) for one in found))

    def current(self, connection: Connection) -> set[str]:
        """Return the revisions that the database is at."""
        if not inspect(connection).has_table(self.version_table):
            return set()
        known = select(column("version_num", String)).select_from(table(self.version_table))
        return set(connection.scalars(known))


def _assigned(file: Path) -> dict[str, Any]:
    """Return what a migration says of its place among the others."""
    found = {}
    for node in ast.parse(file.read_bytes(), str(file)).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}:
                found[target.id] = _written_out(node.value, file, target.id)  # type: ignore[attr-defined]
    return found


def _written_out(value: ast.expr, file: Path, name: str) -> Any:
    try:
        return ast.literal_eval(value)
    except ValueError as error:
        raise ConfigurationError(
            f"{file}, line {value.lineno}: {name} is computed; write it out, as alembic does"
        ) from error


def _several(revisions: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return (revisions,) if isinstance(revisions, str) else revisions or ()


def add_migrations(config: Any, package_path: str) -> None:
    """Run the alembic environment in the folder `package_path` ("package:folder") at `init`.

    Its `env.py` is two lines: `from courseshop.migrating import run` and `run()`.
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


def environments(registry: Any) -> list[Environment]:
    """Return the shop's environment, then the plugins' in the order of the ini."""
    found = registry.introspector.get_category(MIGRATIONS) or []
    return [entry["introspectable"]["environment"] for entry in found]


def require_current(registry: Any) -> None:
    """Raise ConfigurationError unless the database has exactly the code's schema."""
    engine = registry["courseshop.engine"]
    try:
        check_collation(engine)
        with engine.connect() as connection:
            behind = outdated(connection, environments(registry))
    except DBAPIError as error:
        raise ConfigurationError(f"sqlalchemy.url: {error}") from error
    finally:
        # A server may start processes from this one: they cannot share a connection.
        engine.dispose()
    if behind:
        raise ConfigurationError(
            f"sqlalchemy.url: the schema of {', '.join(behind)} is not current; "
            "run: courseshop init INI"
        )


def outdated(connection: Connection, found: list[Environment]) -> list[str]:
    """Return the packages whose tables are not those of the code."""
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


def includeme(config: Any) -> None:
    config.add_directive("add_migrations", add_migrations)
    config.add_migrations("courseshop:migrations")
