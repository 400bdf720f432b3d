"""The floor: a WSGI callable that has the shop's very answers at hand, and sends them."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyramid.paster import get_app, setup_logging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from benchmarks.load.cases import Case
    from benchmarks.load.shop import Site

# Headers that decide about an answer (any course is answered as the others), as WSGI names them.
DECIDE = {"Accept": "HTTP_ACCEPT", "Cookie": "HTTP_COOKIE", "If-None-Match": "HTTP_IF_NONE_MATCH"}
# Headers that the server writes itself.
THE_SERVERS = {"date", "server", "connection", "transfer-encoding"}
STATUSES = {200: "200 OK", 304: "304 Not Modified"}


def main(_global_config: Mapping[str, str], **_settings: str) -> Callable[..., list[bytes]]:
    """Return the application that sends the answers in the file that BENCH_ANSWERS names."""
    known = ast.literal_eval(Path(os.environ["BENCH_ANSWERS"]).read_text("utf-8"))
    another = next(iter(known.values()))

    def application(environ: Mapping[str, str], start_response: Callable[..., Any]) -> list[bytes]:
        sent = tuple(environ.get(name, "") for name in DECIDE.values())
        status, headers, body = known.get(sent, another)
        start_response(status, headers)
        return [body]

    return application


def record(ours: Site, cases: Iterable[Case], path: Path) -> None:
    """Ask a server of the shop for each case, and write the answers to a file."""
    answers = {}
    for case in cases:
        request = ours.requests(case, 1)[0]
        reply = ours.ask(case, request)
        headers = [one for one in reply.headers.items() if one[0].lower() not in THE_SERVERS]
        sent = tuple(request.headers.get(name, "") for name in DECIDE)
        answers[sent] = (STATUSES[reply.status], headers, reply.body)
    path.write_text(repr(answers), "utf-8")


def shop() -> Any:
    """Return the shop of the ini that BENCH_INI names, for servers that read none."""
    ini = os.environ["BENCH_INI"]
    setup_logging(ini)
    return get_app(ini, options={"courseshop.threads": "128"})
