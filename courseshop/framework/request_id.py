"""Request ids: in the response header, and in every line of the log.

`X-Request-ID` is no standard, but what proxies and clients send by custom. A request keeps its name
when it is tried again, and so does what is done for a guest after the log-in.
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
# What a client may choose: nothing that could forge a line of a log, or fill it.
SAFE = re.compile(r"[A-Za-z0-9._-]{1,128}")
# Outside of requests, as in a command.
NONE = "-"
current: ContextVar[str] = ContextVar(ENVIRON, default=NONE)


def name(environ: WSGIEnvironment) -> str:
    """Give a request its name, the client's if that is safe, and return it."""
    sent = environ.get("HTTP_X_REQUEST_ID")
    known = sent is not None and SAFE.fullmatch(sent)
    environ[ENVIRON] = found = sent if known else token_hex(16)
    return str(found)


class Formatter(logging.Formatter):
    """Formats lines of a log that may hold `%(request_id)s`; for `class =` in an `.ini`."""

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = current.get()
        return super().format(record)


def id_of(request: Request) -> str:
    """Return the request's name, "-" of one that came by no server."""
    return str(request.environ.get(ENVIRON, NONE))


def includeme(config: Configurator) -> None:
    config.add_request_method(id_of, "id", property=True)
