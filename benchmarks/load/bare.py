"""The floor: a WSGI callable that has the shop's very answers at hand, and sends them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from benchmarks.load.process import Reply

# Headers that the server writes itself.
THE_SERVERS = {"date", "server", "connection", "transfer-encoding"}


def main(_global_config: Mapping[str, str], answers: str) -> Callable[..., Iterable[bytes]]:
    """Return the application; `answers` is a file of `write`."""
    recorded = orjson.loads(Path(answers).read_bytes())
    known = {
        key: (one["status"], [tuple(header) for header in one["headers"]], b64decode(one["body"]))
        for key, one in recorded.items()
    }

    def application(environ: Mapping[str, str], start_response: Callable[..., Any]) -> list[bytes]:
        sort = kind(
            environ.get("HTTP_ACCEPT", ""),
            environ.get("HTTP_COOKIE", ""),
            environ.get("HTTP_IF_NONE_MATCH", ""),
        )
        path = environ["PATH_INFO"]
        query = environ["QUERY_STRING"]
        # Any other course is answered as one of them.
        found = known.get(f"{path}?{query} {sort}") or known[sort]
        status, headers, body = found
        start_response(status, headers)
        return [body]

    return application


def kind(accept: str, cookie: str, if_none_match: str) -> str:
    """Return what decides about an answer besides the path."""
    form = "json" if accept.startswith("application/json") else "html"
    return f"{form} {'member' if cookie else 'guest'} {'304' if if_none_match else 'page'}"


def key(path: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the key of a request, and that of whatever is asked in its kind."""
    asked = [headers.get(name, "") for name in ("Accept", "Cookie", "If-None-Match")]
    place, _mark, query = path.partition("?")
    sort = kind(*asked)
    return f"{place}?{query} {sort}", sort


def write(path: Path, replies: Mapping[str, Reply]) -> None:
    """Store answers by their keys; the callable reads them when it starts."""
    stored = {
        name: {
            "status": f"{reply.status} {'OK' if reply.status == 200 else 'Not Modified'}",
            "headers": [one for one in reply.headers.items() if one[0] not in THE_SERVERS],
            "body": b64encode(reply.body).decode("ascii"),
        }
        for name, reply in replies.items()
    }
    path.write_bytes(orjson.dumps(stored))
