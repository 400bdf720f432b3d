"""Request IDs: in a response header, and in every line of the log.

`X-Request-ID` is not a standard, but a convention of proxies and clients. A request keeps its ID
when it is retried, and so does the action that is performed for a guest after the login.
"""

from __future__ import annotations

import logging
import re
from contextvars import ContextVar
from secrets import token_hex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

HEADER = "X-Request-ID"
ENVIRON = "courseshop.request-id"
# The IDs accepted from clients: none that could forge a line of the log, or fill it.
SAFE = re.compile(r"[A-Za-z0-9._-]{1,128}")
# The ID outside of requests, such as in a command.
NONE = "-"
current: ContextVar[str] = ContextVar(ENVIRON, default=NONE)


def name(environ: WSGIEnvironment) -> str:
    """Assign an ID to a request, the client's if it is safe, and return it."""
    sent = environ.get("HTTP_X_REQUEST_ID")
    known = sent is not None and SAFE.fullmatch(sent)
    environ[ENVIRON] = found = sent if known else token_hex(16)
    return str(found)


class Formatter(logging.Formatter):
    """Log formatter that supports `%(request_id)s`, for `class =` in an `.ini` file."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = current.get()
        return super().format(record)


def id_of(request: Request) -> str:
    """Return the ID of a request, or "-" if it did not come from a server."""
    return str(request.environ.get(ENVIRON, NONE))


def includeme(config: Configurator) -> None:
    config.add_request_method(id_of, "id", property=True)
