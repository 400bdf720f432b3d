"""A copy of a shop's database, which may be written to, and the ini that serves it."""

from __future__ import annotations

import configparser
import os
import secrets
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pyramid.paster import get_appsettings
from sqlalchemy import create_engine, make_url, text

from courseshop.settings import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import URL

# One client would soon be refused, and nginx would keep nothing.
CHANGED = {"courseshop.token_limit": "", "courseshop.shared_seconds": "60"}


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
def copy_of(url: URL, folder: Path) -> Iterator[str]:
    """Yield the URL of a copy of the database; it is deleted at the end."""
    copied = copied_file if kind_of(url) == "sqlite" else copied_database
    with copied(url, folder) as made:
        yield made.render_as_string(hide_password=False)


@contextmanager
def copied_file(url: URL, folder: Path) -> Iterator[URL]:
    source, target = Path(str(url.database)).resolve(), folder / "copy.sqlite"
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
    try:
        yield url.set(database=str(target.resolve()))
    finally:
        for path in folder.glob("copy.sqlite*"):
            path.unlink()


@contextmanager
def copied_database(url: URL, _folder: Path) -> Iterator[URL]:
    name = f"{url.database}_copy_{os.getpid()}"
    administer(url, f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"')
    try:
        yield url.set(database=name)
    finally:
        administer(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def administer(url: URL, statement: str) -> None:
    """Run a statement about whole databases, which none of them may be in use for."""
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def served_ini(root: Path, url: str, port: int, folder: Path) -> Path:
    """Write an ini that serves a database with the settings of production.ini in `root`."""
    parser = read(root / "production.ini")
    known = parser["app:main"]
    known["sqlalchemy.url"] = escaped(url)
    known["courseshop.secret"] = secrets.token_urlsafe(32)
    # The shop may be of a commit that does not know them.
    known.update({name: value for name, value in CHANGED.items() if name in known})
    return write(parser, port, folder / f"shop-{port}.ini")


def bare_ini(root: Path, answers: str, port: int, folder: Path) -> Path:
    """Write the ini of the bare callable: the settings of waitress are those of the shop."""
    parser = read(root / "production.ini")
    app = {"use": "call:benchmarks.load.bare:main", "answers": escaped(answers)}
    parser["app:main"].clear()
    parser["app:main"].update(app)
    return write(parser, port, folder / f"bare-{port}.ini")


def read(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path, "utf-8")
    return parser


def write(parser: configparser.RawConfigParser, port: int, path: Path) -> Path:
    parser["server:main"]["listen"] = f"127.0.0.1:{port}"
    with path.open("w", encoding="utf-8") as file:
        parser.write(file)
    return path


def escaped(value: str) -> str:
    return value.replace("%", "%%")


def server_settings(root: Path) -> Mapping[str, str]:
    """Return what production.ini says to waitress."""
    return dict(read(root / "production.ini")["server:main"])
