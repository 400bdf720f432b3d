"""Which code works with which schema: one rule for startup, `/readyz` and `init`.

Code and schema fit if neither is too old for the other. The code states the oldest schema that it
works with (`add_migrations`). The schema states the oldest code that may use it: `init` takes it
from the newest migration that has an `oldest_code`. Only a migration that breaks old code has one.
Oldest schema and oldest code are revisions; code is new enough if it has the stated revision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory
from pyramid.exceptions import ConfigurationError
from sqlalchemy import Column, MetaData, String, Table, inspect, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alembic.config import Config
    from sqlalchemy import Connection

# Created by `init`, as Alembic creates its version tables.
STORED = Table(
    "schema_compatibility",
    MetaData(),
    Column("package", String(100), primary_key=True),
    Column("oldest_code", String(32), nullable=False),
)


@dataclass(frozen=True)
class Revisions:
    """What the migrations of a package say.

    `applied` maps each revision to all revisions that a schema at this one has, itself included.
    `required` are the revisions that the code needs.
    """

    package: str
    applied: Mapping[str, frozenset[str]]
    required: frozenset[str]
    oldest_code: str

    def are_older_than(self, current: set[str]) -> bool:
        """Return whether a schema at these revisions has migrations that the code lacks."""
        return not current <= self.applied.keys()

    def mismatch(self, current: set[str], oldest_code: str | None) -> str | None:
        """Return why the code cannot use a schema at the `current` revisions, None if it can."""
        applied = frozenset().union(*(self.applied.get(one, frozenset()) for one in current))
        newer = self.are_older_than(current)
        if not newer and not self.required <= applied:
            return (
                f"the schema of {self.package} is too old for this code; run: courseshop init INI"
            )
        if oldest_code not in self.applied and (newer or oldest_code):
            return f"the schema of {self.package} is too new for this code; start a newer release"
        return None


def read_revisions(config: Config, package: str, oldest_schema: str | None) -> Revisions:
    """Read the migrations of a package. Without `oldest_schema` the code needs all of them.

    Raises ConfigurationError if the migrations, which are Python code, cannot be loaded, or if
    `oldest_schema` is not one of them.
    """
    try:
        scripts = ScriptDirectory.from_config(config)
        newest_first = list(scripts.walk_revisions())
        applied = {one.revision: _bases(scripts, one.revision) for one in newest_first}
    except Exception as error:
        raise ConfigurationError(
            f"the migrations of {package} cannot be read: {error!r}"
        ) from error
    required = frozenset({oldest_schema} if oldest_schema else scripts.get_heads())
    if not required <= applied.keys():
        raise ConfigurationError(f"add_migrations: {package} has no migration {oldest_schema!r}")
    stated = (getattr(one.module, "oldest_code", None) for one in newest_first)
    first = newest_first[-1].revision if newest_first else ""
    return Revisions(package, applied, required, next(filter(None, stated), first))


def _bases(scripts: ScriptDirectory, revision: str) -> frozenset[str]:
    return frozenset(one.revision for one in scripts.walk_revisions(head=revision))


def stored_oldest_code(connection: Connection) -> dict[str, str]:
    """Return, for each package, the oldest code that may use its schema."""
    if not inspect(connection).has_table(STORED.name):
        return {}
    return {row.package: row.oldest_code for row in connection.execute(select(STORED))}


def store_oldest_code(connection: Connection, package: str, oldest_code: str) -> None:
    """Store the oldest code that may use the schema of a package."""
    STORED.create(connection, checkfirst=True)
    before = stored_oldest_code(connection).get(package)
    values = {"package": package, "oldest_code": oldest_code}
    if before is None:
        connection.execute(STORED.insert().values(values))
    elif before != oldest_code:
        connection.execute(STORED.update().where(STORED.c.package == package).values(values))
