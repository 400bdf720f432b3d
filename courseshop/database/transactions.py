"""Transactions outside of a request's own, and retries of requests."""

from __future__ import annotations

import logging
import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

from pyramid.interfaces import IRequestFactory
from pyramid.scripting import prepare
from pyramid_retry import is_error_retryable
from sqlalchemy.exc import DBAPIError
from transaction import TransactionManager

from courseshop.database.engine import is_locked
from courseshop.database.request_session import COMMAND, is_write, writing_session
from courseshop.database.stale import StaleEdit
from courseshop.domain.errors import Busy
from courseshop.domain.threads import waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyramid.registry import Registry
    from pyramid.response import Response
    from pyramid_retry import BeforeRetry
    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request

log = logging.getLogger(__name__)

Result = TypeVar("Result")
LONGEST_PAUSE = 0.4
# Number of attempts after a request, and in a command.
ATTEMPTS_AFTER, ATTEMPTS = 3, 10
SECONDS_BETWEEN_ATTEMPTS = 0.5


def run_in_own_transaction(
    registry: Registry,
    do: Callable[[Session], Result],
    attempts: int = ATTEMPTS,
    pause: float = SECONDS_BETWEEN_ATTEMPTS,
) -> Result:
    """Return the result of `do(db)`, run in a short transaction that belongs to no request.

    If another transaction is in the way, try again after `pause` seconds. Raises DBAPIError or
    StaleEdit if the last of the `attempts` fails.
    """
    for _attempt in range(attempts - 1):
        try:
            return _run_once(registry, do)
        except (DBAPIError, StaleEdit) as error:
            if isinstance(error, DBAPIError) and not is_locked(error):
                raise
            time.sleep(pause)
    return _run_once(registry, do)


def _run_once(registry: Registry, do: Callable[[Session], Result]) -> Result:
    """Return the result of `do(db)`; its session can publish events, as that of a request."""
    manager = TransactionManager(explicit=True)
    manager.begin()
    db = writing_session(registry, manager)
    try:
        result = do(db)
        manager.commit()
    except BaseException:
        manager.abort()
        raise
    finally:
        db.close()
    return result


def run_after_response(request: Request, write: Callable[[Session], None]) -> None:
    """Call `write(db)` at the end of the request, in a short transaction of its own.

    So it is stored even if the request is rejected and rolled back. Opening a second connection
    earlier would block on the lock that the request's own transaction holds.
    """
    run_at_end(request, lambda: store_after(request.registry, write))


def store_after(registry: Registry, write: Callable[[Session], None]) -> None:
    """Run `write(db)` in its own transaction; if the database fails or is busy, only log that."""
    try:
        run_in_own_transaction(registry, write, ATTEMPTS_AFTER, pause=0)
    except (DBAPIError, Busy) as lost:
        # The response already exists, and is correct without this.
        why = str(lost) or "too many requests wait"
        log.warning("run_after_response: the write failed: %s", why)


def run_at_end(request: Request, call: Callable[[], None]) -> None:
    """Call `call()` once, at the end of the request; not after an attempt that is retried."""

    def run(request: Request) -> None:
        error = getattr(request, "exception", None)
        if error is not None and is_error_retryable(request, error):
            return
        try:
            call()
        except Exception:
            # The request's changes are committed: it must not be retried because of this error.
            log.exception("a callback at the end of the request failed")

    request.add_finished_callback(run)


@contextmanager
def writing(registry: Registry) -> Iterator[Request]:
    """Yield a request for a command; its `db` is one transaction, committed at the end.

    An exception or `request.tm.doom()` rolls it back.
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
    """Return whether to abort the transaction because the response is an error."""
    return bool(response.status_int >= 400)


def pause(retry: BeforeRetry) -> None:
    """Sleep for a random time that grows with each attempt, so that rivals do not collide again.

    If too many requests already keep their threads waiting, do not sleep.
    """
    pause_before(retry.environ["retry.attempt"] + 1)


def pause_before(attempt: int) -> None:
    """Sleep before attempt number `attempt`, counted from 0; see `pause`."""
    with suppress(Busy), waiting():
        time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.02 * 2**attempt)))  # noqa: S311


def attempts(request: Request) -> int:
    """Return how often to try this request: more than once only if it may write."""
    return request.settings.write_attempts if is_write(request) else 1
