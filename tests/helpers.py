"""Helpers for all tests: settings files, shops, requests and servers."""

from __future__ import annotations

import configparser
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from databases import emptying
from described import DescribedApp
from pyramid.interfaces import ISecurityPolicy
from pyramid.paster import get_appsettings
from pyramid.request import Request
from pyramid.scripting import prepare
from sqlalchemy import event

from courseshop import importing, main
from courseshop.database import migrations
from courseshop.database.compiled import CompiledStatement
from courseshop.database.transactions import writing
from courseshop.demo import add_accounts, load_people_and_categories, missing_courses
from courseshop.demo.activity import add_activity
from courseshop.domain.actor import GUEST, OPERATOR, Actor
from courseshop.domain.shop import shop_of
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.review import ReviewDraft
from courseshop.schemas.user import UserDraft
from courseshop.security import ShopSecurityPolicy
from courseshop.services import category, course, instructor, review, user

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parent.parent
JSON = {"Accept": "application/json"}


def write_ini(folder: Path, url: str, **settings: str) -> Path:
    """Write development.ini with another database, template reloading off, and `settings`."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read(ROOT / "development.ini")
    parser["app:main"].update(
        {"sqlalchemy.url": url.replace("%", "%%"), "pyramid.reload_templates": "false", **settings}
    )
    path = folder / "test.ini"
    with path.open("w") as file:
        parser.write(file)
    return path


class ActingPolicy(ShopSecurityPolicy):
    """Authenticates a request as `test.actor` in its WSGI environ, if given, else as usual."""

    def identity(self, request: Any) -> Actor:
        return request.environ.get("test.actor") or super().identity(request)


@dataclass
class Shop:
    """A shop with its WSGI application `app`, and shortcuts for tests."""

    registry: Any
    app: DescribedApp

    @classmethod
    def open(cls, ini: Path, threads: int = 100) -> Shop:
        """Open the shop of a settings file for a server with this number of threads."""
        settings = get_appsettings(str(ini))
        settings["courseshop.threads"] = str(threads)
        wsgi = main({}, **settings)
        wsgi.registry.registerUtility(ActingPolicy(), ISecurityPolicy)
        return cls(wsgi.registry, DescribedApp(wsgi, lint=False))

    @property
    def engine(self) -> Any:
        return shop_of(self.registry).engine

    def init(self, *, demo: bool = False) -> None:
        migrations.upgrade(self.engine, migrations.environments(self.registry))
        if demo:
            with self.writing() as request:
                load_people_and_categories(request.db)
                add_accounts(request.db, shop_of(self.registry).passwords)
                reports = importing.run(request, missing_courses(request.db))
                add_activity(request.db, {one.path.stem for one in reports})
            assert {one.outcome for one in reports} == {"created"}, reports

    def close(self) -> None:
        self.engine.dispose()

    def clear(self) -> None:
        """Delete all rows, cached pages, rate-limit counters and cookies."""
        shop_of(self.registry).page_cache.clear()
        shop_of(self.registry).throttles.reset()
        self.app.reset()
        self._empty()

    @cached_property
    def _empty(self) -> Callable[[], None]:
        return emptying(self.engine)

    def get(self, url: str, actor: Actor = GUEST, **headers: str) -> Any:
        return self.request("GET", url, actor, **headers)

    def json(self, url: str, actor: Actor = GUEST, **headers: str) -> Any:
        return self.request("GET", url, actor, **{**JSON, **headers})

    def request(self, method: str, url: str, actor: Actor = GUEST, **headers: str) -> Any:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        environ = {**self.app.extra_environ, "test.actor": None if actor is GUEST else actor}
        asked = self.app.RequestClass.blank(url, environ, method=method, headers=headers)
        return self.app.do_request(asked, expect_errors=True)

    @contextmanager
    def writing(self, actor: Actor = GUEST):
        with writing(self.registry) as request:
            request.environ["test.actor"] = actor
            yield request

    @contextmanager
    def storing(self):
        """Yield a database session for a transaction without a user, committed at the end."""
        with self.writing() as request:
            yield request.db

    @contextmanager
    def reading(self, actor: Actor = GUEST):
        request = Request.blank("/")
        request.environ["test.actor"] = actor
        with prepare(request=request, registry=self.registry):
            yield request

    def add_person(self, username: str, role: str = "student") -> Actor:
        with self.writing() as request:
            draft = UserDraft(username=username, name=username.title(), role=role)
            row = user.add(request.db, draft)
            return Actor(id=row.id, username=username, role=role)

    def add_course(
        self,
        slug: str,
        published: str | None = "2026-01-01T00:00:00Z",
        instructors: Sequence[str] = ("ann",),
        **facts: Any,
    ) -> int:
        """Add a course with its category and instructors, and return its id.

        It is a draft if `published` is None.
        """
        facts = {"title": slug.replace("-", " ").title(), "category": "things", **facts}
        at = published and datetime.fromisoformat(published)
        with self.writing() as request:
            db = request.db
            if category.find(db, facts["category"]) is None:
                category.add(db, CategoryDraft(slug=facts["category"], title="Things"))
            for username in instructors:
                if user.find(db, username) is None:
                    user.add(db, UserDraft(username=username, name=username.title()))
            course.add(db, OPERATOR, CourseDraft(slug=slug, **facts), set(), at)
            course_id = course.find(db, OPERATOR, slug).id
            instructor.set_all(db, course_id, instructor.ids_of(db, list(instructors)))
            return course_id

    def add_review(self, course_id: int, author: Actor, rating: int, text: str = "") -> int:
        with self.writing() as request:
            draft = ReviewDraft(rating=rating, text=text)
            return review.add(request.db, course_id, author.id, draft)

    @contextmanager
    def queries(self):
        """Yield a list that collects the SQL statements sent, except BEGIN and PRAGMA."""
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            if not statement.startswith(("BEGIN", "PRAGMA")):
                sent.append(statement)

        def noted(prepared, connection, values):
            sent.append(str(prepared.statement))
            return short_way(prepared, connection, values)

        short_way = CompiledStatement.execute
        event.listen(self.engine, "before_cursor_execute", note)
        try:
            # Compiled statements go directly to the driver, without SQLAlchemy's events.
            with patch.object(CompiledStatement, "execute", noted):
                yield sent
        finally:
            event.remove(self.engine, "before_cursor_execute", note)


def figures(shop: Shop) -> dict[str, int]:
    return shop_of(shop.registry).page_cache.figures()


def bare(answer):
    """Return the status, headers and body of a response, without its request ID."""
    headers = [one for one in answer.headers.items() if one[0] != "X-Request-ID"]
    return answer.status_int, sorted(headers), answer.body


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(ini: Path, processes: int = 1):
    """Run pserve as in the README, or gunicorn with several `processes`; yield the base URL."""
    port = free_port()
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read(ini)
    parser["server:main"]["listen"] = f"127.0.0.1:{port}"
    with ini.with_suffix(f".{port}.ini").open("w") as file:
        parser.write(file)
    argv = [sys.executable, "-m", "pyramid.scripts.pserve", file.name]
    if processes > 1:
        bind = ["--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--threads", "2"]
        argv = [
            sys.executable,
            "-m",
            "gunicorn",
            "--paste",
            file.name,
            *bind,
            "--no-control-socket",
        ]
    log = ini.with_suffix(f".{port}.log").open("w")
    process = subprocess.Popen(argv, stdout=log, stderr=subprocess.STDOUT, cwd=ini.parent)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)
        log.close()


def stop(server: subprocess.Popen) -> None:
    server.terminate()
    server.wait(30)


def wait_for(port: int, server: subprocess.Popen) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError("the server stopped at once")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until `condition()` is true. Raises TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.001)
