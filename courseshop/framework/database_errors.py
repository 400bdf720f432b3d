"""Error responses for a database that is busy or away, or that refuses a value."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from limits.errors import StorageError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from courseshop.database.engine import is_unavailable
from courseshop.database.own_transactions import Unrepeatable
from courseshop.database.stale import StaleEdit
from courseshop.domain.errors import Busy
from courseshop.domain.i18n import _
from courseshop.framework.errors import crashed, problem, rejected
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.input import Fault
    from courseshop.framework.request import Request

log = logging.getLogger(__name__)

SECONDS_TO_RETRY = "2"


def busy(error: Exception, request: Request) -> Response:
    log.warning("the database does not answer: %s", error)
    return unavailable(request)


def unavailable(request: Request) -> Response:
    detail = _("The shop is busy right now. Please try again in a moment.")
    return problem(request, 503, detail, None, [("Retry-After", SECONDS_TO_RETRY)])


def too_many_wait(_error: Busy, request: Request) -> Response:
    """Return 503, without a line in the log: an attacker would fill it."""
    return unavailable(request)


def database_error(error: DBAPIError, request: Request) -> Response:
    """Return 503 if the database is busy, full or unreachable, otherwise 500."""
    return busy(error, request) if is_unavailable(error) else crashed(error, request)


def unstorable(error: DataError, request: Request) -> Response:
    """Return 422 for a value that the database cannot store, such as a text that is too long.

    The schema of a page should have refused it, so it is logged.
    """
    log.warning(
        "%s %r: the database refused a value, but the page's schema accepted it",
        request.method,
        request.environ.get("PATH_INFO"),
        exc_info=error,
    )
    message = translate(request, _("One of the values is too long or too large to be stored."))
    fault: Fault = {"field": "", "code": "unstorable", "message": message}
    return rejected(request, 422, message, [fault])


def includeme(config: Configurator) -> None:
    for error, view in (
        (DBAPIError, database_error),
        (DataError, unstorable),
        (PoolTimeout, busy),
        (Busy, too_many_wait),
        # Concurrent edits made every attempt fail.
        (StaleEdit, busy),
        (Unrepeatable, busy),
        (StorageError, busy),
    ):
        config.add_exception_view(view, context=error)
