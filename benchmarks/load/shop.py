"""A copy of a shop's database, which may be written to, and the servers that are started on it.

What the documentation of the servers advises is kept, but for a line of a log for each request,
which nobody writes here. waitress is one process; the others run as many as are asked for.
"""

from __future__ import annotations

import configparser
import os
import secrets
import sqlite3
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pyramid.paster import get_appsettings
from sqlalchemy import create_engine, make_url, text

from benchmarks.load import nginx
from benchmarks.load.cases import COURSE, FRAMEWORKS
from benchmarks.load.people import People, people_of
from benchmarks.load.process import Running, free_port, running
from benchmarks.load.wrk import Request
from courseshop.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import URL

    from benchmarks.load.cases import Case

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
SHOP = ("waitress", "gunicorn", "granian")
# nginx asks the first server of the shop once in a while, or has the page as a file.
NGINX = ("nginx", "file")
# bare: the same bytes from a callable that does nothing else, on waitress with the same settings.
SERVERS = (*SHOP, "bare", *NGINX, *FRAMEWORKS)


def argv(server: str, config: Path, port: int, processes: int) -> list[str]:
    """Return what starts a server by its .ini or nginx's configuration."""
    if server in NGINX:
        return nginx.argv(config)
    where = ("--host", "127.0.0.1", "--port", str(port), "--workers", str(processes))
    bind = ("--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--no-control-socket")
    shop, fastapi = "benchmarks.load.bare:shop", "benchmarks.peers.fastapi_shop:app"
    program, *arguments = {
        "waitress": ("pserve", str(config)),
        "bare": ("pserve", str(config)),
        # Threads, so that connections are kept; the workers of the default close each.
        "gunicorn": ("gunicorn", *bind, "--threads", "2", "--paste", str(config)),
        "granian": ("granian", *where, "--interface", "wsgi", "--factory", shop),
        "flask": ("gunicorn", *bind, "benchmarks.peers.flask_shop:create_app()"),
        "django": ("gunicorn", *bind, "django.core.wsgi:get_wsgi_application()"),
        "fastapi": ("uvicorn", *where, "--no-access-log", fastapi),
    }[server]
    return [str(BIN / program), *arguments]


@dataclass(frozen=True)
class Site:
    """A running server under a name for the table, and who asks it."""

    name: str
    server: str
    running: Running
    people: People

    def has(self, case: Case) -> bool:
        return self.server in SHOP or self.server in case.peers

    def requests(self, case: Case, most: int) -> Sequence[Request]:
        """Return at most so many requests of a case (of a warm page the one)."""
        if case.writes:
            return self.people.reviews[:most]
        headers = {"Accept": case.accept}
        if case.is_member:
            headers["Cookie"] = self.people.cookie
        if case.has_etag:
            headers["If-None-Match"] = self.running.ask(case.path, headers).headers["etag"]
        paths = [case.path] if case.path else self.people.cold(most)
        # FastAPI does not negotiate.
        before = "/api" if self.server == "fastapi" and "json" in case.accept else ""
        return [Request(before + path, headers) for path in paths]


@dataclass(frozen=True)
class Shop:
    """A copy of a database, in a folder for what servers need; `root` has the code of the shop."""

    url: str
    folder: Path
    people: People
    processes: int
    root: Path

    @contextmanager
    def start(
        self, server: str, name: str = "", behind: int = 0, more: Mapping[str, str] | None = None
    ) -> Iterator[Site]:
        """Start a server, with more in its environment; nginx asks the one at the port `behind`."""
        port = free_port()
        config = self.config(server, port, behind)
        known = {
            "PYTHONPATH": str(self.root),
            "PYTHONWARNINGS": "ignore",
            "BENCH_INI": str(config),
            "BENCH_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.django_shop.settings",
            "BENCH_ANSWERS": str(self.folder / "answers"),
            **(more or {}),
        }
        command = argv(server, config, port, self.processes)
        with running(command, port, self.folder, COURSE, known) as one:
            yield Site(name or server, server, one, self.people)

    def config(self, server: str, port: int, behind: int) -> Path:
        """Write what configures a server, and return the file."""
        if server == "nginx":
            return nginx.before(behind, port, self.folder / server, self.processes)
        if server == "file":
            return nginx.of_files(port, self.folder / server, self.processes)
        app = {"use": "call:benchmarks.load.bare:main"} if server == "bare" else {}
        return write_ini(self.root, self.folder / f"{port}.ini", self.url, port, **app)


@contextmanager
def copied(
    url: URL, folder: Path, writes: int = 0, processes: int = 1, root: Path = ROOT
) -> Iterator[Shop]:
    """Yield a copy of a shop with people who write so many reviews; `folder` is for files of it."""
    copy = copied_file if kind_of(url) == "sqlite" else copied_database
    with copy(url, folder.resolve()) as made:
        known = made.render_as_string(hide_password=False)
        people = people_of(root, write_ini(root, folder / "people.ini", known), writes)
        yield Shop(known, folder, people, processes, root)


def url_of(ini: str | Path) -> URL:
    """Return the URL of the database that an ini names."""
    return make_url(resolve("sqlalchemy.url", get_appsettings(str(ini))["sqlalchemy.url"]))


def kind_of(url: URL) -> str:
    """Return "sqlite" or "postgresql"; a ClickException for another database."""
    kind = url.get_backend_name()
    if kind not in {"sqlite", "postgresql"}:
        raise click.ClickException(f"only shops on SQLite and PostgreSQL are measured, not {kind}")
    return kind


@contextmanager
def copied_file(url: URL, folder: Path) -> Iterator[URL]:
    source, target = Path(str(url.database)).resolve(), folder / "copy.sqlite"
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
    yield url.set(database=str(target))


@contextmanager
def copied_database(url: URL, _folder: Path) -> Iterator[URL]:
    name = f"{url.database}_copy_{os.getpid()}"
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"'))
        try:
            yield url.set(database=name)
        finally:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()


def write_ini(root: Path, path: Path, url: str, port: int = 0, **settings: str) -> Path:
    """Write an ini that serves a database at a port with the settings of `root`/production.ini."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(root / "production.ini", "utf-8")
    known = parser["app:main"]
    known.update(settings)
    known["sqlalchemy.url"] = url.replace("%", "%%")
    known["courseshop.secret"] = secrets.token_urlsafe(32)
    # One client would soon be refused, and nginx would keep nothing.
    for name, value in {"token_limit": "", "shared_seconds": "60"}.items():
        # The shop may be of a commit that does not know it.
        if f"courseshop.{name}" in known:
            known[f"courseshop.{name}"] = value
    parser["server:main"]["listen"] = f"127.0.0.1:{port}"
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)
    return path
