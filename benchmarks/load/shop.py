"""A copy of a shop's database, which may be written to, and the servers that are started on it.

What the documentation of the servers advises is kept, but for a line of a log for each request,
which nobody writes here. Each is one process.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from benchmarks.load import nginx
from benchmarks.load.cases import COURSE, FRAMEWORKS
from benchmarks.load.measure import Request
from benchmarks.load.people import People, people_of
from benchmarks.load.process import Reply, Running, free_port, running
from benchmarks.shops import ROOT, write_ini

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import URL

    from benchmarks.load.cases import Case

BIN = Path(sys.executable).parent
SHOP = ("waitress", "gunicorn", "granian")
# nginx asks the first server of the shop once in a while, or has the page as a file.
NGINX = ("nginx", "file")
# bare: the same bytes from a callable that does nothing else, on waitress with the same settings.
SERVERS = (*SHOP, "bare", *NGINX, *FRAMEWORKS)
PSERVE, GUNICORN = "pserve {config}", "gunicorn --bind 127.0.0.1:{port} --no-control-socket "
AT = " --host 127.0.0.1 --port {port} "
COMMANDS = {
    "waitress": PSERVE,
    "bare": PSERVE,
    # The threads of docs/serving.md: enough for all clients to write at the same time.
    "gunicorn": GUNICORN + "--threads 128 --paste-global courseshop.threads=128 --paste {config}",
    "granian": "granian"
    + AT
    + "--interface wsgi --blocking-threads 128 --factory benchmarks.load.bare:shop",
    "flask": GUNICORN + "benchmarks.peers.flask_shop:app",
    "django": GUNICORN + "django.core.wsgi:get_wsgi_application()",
    "fastapi": "uvicorn" + AT + "--no-access-log benchmarks.peers.fastapi_shop:app",
}


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

    def ask(self, case: Case, request: Request) -> Reply:
        """Return the answer to a request of a case; a ClickException where it is another."""
        reply = self.running.ask(request.path, request.headers, request.method, request.body)
        if reply.status != case.status:
            raise self.running.failed(f"answers {reply.status} to {case.what}:")
        return reply


@dataclass(frozen=True)
class Shop:
    """A copy of a database, in a folder for what servers need; `root` has the code of the shop."""

    url: URL
    folder: Path
    people: People
    root: Path

    @contextmanager
    def start(self, server: str, name: str = "", behind: int = 0, **more: str) -> Iterator[Site]:
        """Start a server, with more in its environment; nginx asks the one at the port `behind`."""
        port, folder = free_port(), self.folder / server
        if server == "nginx":
            config = nginx.before(behind, port, folder)
        elif server == "file":
            config = nginx.write(nginx.FILES.format(port=port, folder=folder), folder)
        else:
            app = {"use": "call:benchmarks.load.bare:main"} if server == "bare" else {}
            config = write_ini(self.root, self.folder / f"{port}.ini", self.url, port, **app)
        known = {
            "PYTHONPATH": str(self.root),
            "PYTHONWARNINGS": "ignore",
            "BENCH_INI": str(config),
            "BENCH_URL": self.url.render_as_string(hide_password=False),
            "DJANGO_SETTINGS_MODULE": "benchmarks.peers.django_shop.settings",
            "BENCH_ANSWERS": str(self.folder / "answers"),
            **more,
        }
        argv = nginx.argv(config)
        if server not in NGINX:
            program, *rest = COMMANDS[server].split()
            argv = [str(BIN / program), *(one.format(config=config, port=port) for one in rest)]
        with running(argv, port, self.folder, COURSE, known) as one:
            yield Site(name or server, server, one, self.people)


@contextmanager
def copied(url: URL, writes: int = 0, root: Path = ROOT) -> Iterator[Shop]:
    """Yield a copy of a database that nobody uses, with people who write so many reviews."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, copy(url, Path(name)) as made:
        ini = write_ini(root, Path(name) / "people.ini", made)
        yield Shop(made, Path(name), people_of(root, ini, writes), root)


@contextmanager
def copy(url: URL, folder: Path) -> Iterator[URL]:
    if url.get_backend_name() == "sqlite":
        yield url.set(database=shutil.copyfile(str(url.database), str(folder / "copy.sqlite")))
        return
    name = f"{url.database}_copy_{os.getpid()}"
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"'))
        try:
            yield url.set(database=name)
        finally:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    engine.dispose()
