"""Transactions beside the request's own, and when a request's transaction is tried again."""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pyramid.interfaces import IRequestFactory
from pyramid.scripting import prepare
from pyramid_retry import is_error_retryable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from courseshop.database.engine import is_locked
from courseshop.database.request_session import COMMAND, is_write
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyramid.registry import Registry
    from pyramid.response import Response
    from pyramid_retry import BeforeRetry

    from courseshop.framework.request import Request

log = logging.getLogger(__name__)

Result = TypeVar("Result")
LONGEST_PAUSE = 0.4
# Of what follows a request, and of a command.
ATTEMPTS_AFTER, ATTEMPTS = 3, 10
SECONDS_BETWEEN_ATTEMPTS = 0.5


def run_in_own_transaction(
    registry: Registry,
    do: Callable[[Session], Result],
    attempts: int = ATTEMPTS,
    pause: float = SECONDS_BETWEEN_ATTEMPTS,
) -> Result:
    """Return what `do(db)` returns, in one short transaction that belongs to no request.

    It is tried again, after a `pause` in seconds, when another transaction was in its way; after
    the last of the `attempts` that error is raised (DBAPIError).
    """
    engine = shop_of(registry).engine.execution_options(writes=True)
    for _attempt in range(attempts - 1):
        try:
            with Session(engine) as db, db.begin():
                return do(db)
        except DBAPIError as error:
            if not is_locked(error):
                raise
            time.sleep(pause)
    with Session(engine) as db, db.begin():
        return do(db)


def run_after_response(request: Request, write: Callable[[Session], None]) -> None:
    """Call `write(db)` at the request's end, in a short transaction of its own.

    So what must be known of a request that was refused outlives its abort; a second connection
    before that would wait for the first one's lock.
    """
    run_at_end(request, lambda: store_after(request.registry, write))


def store_after(registry: Registry, write: Callable[[Session], None]) -> None:
    """Run `write(db)` in its own transaction; only log where the database does not let it."""
    try:
        run_in_own_transaction(registry, write, ATTEMPTS_AFTER, pause=0)
    except DBAPIError as lost:
        # The answer is made already, and is right without this.
        log.warning("what follows a request was not stored: %s", lost)


def run_at_end(request: Request, call: Callable[[], None]) -> None:
    """Call `call()` when the request is over, once: not for an attempt that is tried again."""

    def run(request: Request) -> None:
        error = getattr(request, "exception", None)
        if error is not None and is_error_retryable(request, error):
            return
        try:
            call()
        except Exception:
            # What the request did is stored: it must not be tried again because of what follows.
            log.exception("what follows a request failed")

    request.add_finished_callback(run)


@contextmanager
def writing(registry: Registry) -> Iterator[Request]:
    """Yield a request, for a command, whose `db` is one transaction, committed at the end.

    An exception undoes it, and so does `request.tm.doom()`.
    """
    factory = registry.getUtility(IRequestFactory)
    request: Request = factory.blank("/", {COMMAND: True}, method="POST")
    with prepare(request=request, registry=registry):
        manager = request.tm
        manager.begin()
        try:
            yield request
        except BaseException:
            manager.abort()
            raise
        if manager.isDoomed():
            manager.abort()
        else:
            manager.commit()


def commit_veto(request: Request, response: Response) -> bool:  # noqa: ARG001
    """Abort whenever the answer says that it did not work."""
    return bool(response.status_int >= 400)


def pause(retry: BeforeRetry) -> None:
    """Wait a random time, longer at each attempt, so that rivals do not meet again."""
    attempt = retry.environ["retry.attempt"] + 1
    time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.02 * 2**attempt)))  # noqa: S311


def attempts(request: Request) -> int:
    """Return how often to try this request; only the transaction of a write is worth it."""
    return request.settings.write_attempts if is_write(request) else 1
