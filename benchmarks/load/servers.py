"""Who takes part: the shop on three servers, and on the other side what it is compared with.

There is nginx, too, with what it keeps of the shop's pages, and with the same pages as files.

All but waitress, which is one process, run as many as are asked for. What their documentation
advises is kept, but for lines of a log for each request, which nobody writes here.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.load import nginx

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.load.process import Running

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Setup:
    """What a server is started with; `ini` is the shop's, the bare callable's or nginx's own."""

    ini: Path
    url: str
    port: int
    processes: int = 1
    root: Path = ROOT


@dataclass(frozen=True)
class Server:
    """One that takes part; `json` is what stands before the path of a course's JSON."""

    name: str
    argv: Callable[[Setup], list[str]]
    ours: bool = False
    json: str = ""

    def path(self, path: str, form: str) -> str:
        return f"{self.json}{path}" if form == "json" else path

    def environment(self, setup: Setup) -> dict[str, str]:
        return {
            "PYTHONPATH": str(setup.root),
            "BENCH_INI": str(setup.ini),
            "BENCH_URL": setup.url,
            "PYTHONWARNINGS": "ignore",
        }


@dataclass(frozen=True)
class Entrant:
    """A server that is running."""

    server: Server
    running: Running

    @property
    def name(self) -> str:
        return self.server.name


def pserve(setup: Setup) -> list[str]:
    return [str(BIN / "pserve"), str(setup.ini)]


def gunicorn(setup: Setup, *what: str) -> list[str]:
    bind = f"127.0.0.1:{setup.port}"
    workers = ["--workers", str(setup.processes), "--bind", bind, "--no-control-socket"]
    return [str(BIN / "gunicorn"), *workers, *what]


def shop_on_gunicorn(setup: Setup) -> list[str]:
    # Threads, so that connections are kept; the workers of the default close each.
    return gunicorn(setup, "--threads", "2", "--paste", str(setup.ini))


def shop_on_granian(setup: Setup) -> list[str]:
    where = ["--host", "127.0.0.1", "--port", str(setup.port), "--workers", str(setup.processes)]
    what = ["--interface", "wsgi", "--factory", "benchmarks.load.wsgi:shop"]
    return [str(BIN / "granian"), *where, *what]


def flask(setup: Setup) -> list[str]:
    return gunicorn(setup, "benchmarks.peers.flask_shop:create_app()")


def django(setup: Setup) -> list[str]:
    return gunicorn(setup, "benchmarks.peers.django_shop.wsgi")


def fastapi(setup: Setup) -> list[str]:
    where = ["--port", str(setup.port), "--workers", str(setup.processes), "--no-access-log"]
    return [str(BIN / "uvicorn"), *where, "benchmarks.peers.fastapi_shop:app"]


def by_nginx(setup: Setup) -> list[str]:
    return nginx.argv(setup.ini)


SHOP = {
    "waitress": Server("waitress", pserve, ours=True),
    "gunicorn": Server("gunicorn", shop_on_gunicorn, ours=True),
    "granian": Server("granian", shop_on_granian, ours=True),
}
# The same bytes from a callable that does nothing else, on waitress with the same settings.
BARE = Server("bare", pserve)
# nginx asks the first server of the shop once in a while, or has the page as a file.
NGINX = ("nginx", "file")
PEERS = {
    "bare": BARE,
    "nginx": Server("nginx", by_nginx),
    "file": Server("file", by_nginx),
    "flask": Server("flask", flask),
    "django": Server("django", django),
    "fastapi": Server("fastapi", fastapi, json="/api"),
}
