"""Pages without a transaction: their views open short ones, and call outside between them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from pyramid_retry import RetryableException, is_error_retryable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from courseshop.database.engine import is_locked
from courseshop.database.transactions import pause_before
from courseshop.domain.threads import enter_slow_gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request

Result = TypeVar("Result")


class Unrepeatable(Exception):  # noqa: N818 - another transaction was in the way
    """A conflict in a request that must not be repeated, because it may have called outside."""


def in_transaction(request: Request, do: Callable[[Session], Result]) -> Result:
    """Return the result of `do(db)`, run in a short transaction, which is committed at once.

    If another transaction is in the way, `do` is called again, in a new transaction. During the
    call, `request.db` is `db`. Raises RuntimeError if the request has a transaction already.
    """
    if request.database.writing or not request.database.in_parts:
        raise RuntimeError("in_transaction: not within a transaction; see add_page(transaction=…)")
    for attempt in range(1, request.settings.write_attempts):
        try:
            return run_once(request, do)
        except Exception as error:
            if not is_conflict(error):
                raise
        pause_before(attempt)
    return run_once(request, do)


def run_once(request: Request, do: Callable[[Session], Result]) -> Result:
    with request.database.own_transaction() as db:
        return do(db)


def is_conflict(error: Exception) -> bool:
    """Return whether another transaction was in the way."""
    if isinstance(error, DBAPIError):
        return is_locked(error)
    return isinstance(error, (RetryableException, StaleDataError))


@contextmanager
def never_repeated(request: Request) -> Iterator[None]:
    """Call outside in this block: no conflict lets the request be repeated.

    The request counts as a slow one, because another server may keep its thread waiting. Raises
    Busy if too many requests are slow, and Unrepeatable in place of an error that would repeat it.
    """
    enter_slow_gate()
    try:
        yield
    except Exception as error:
        if is_error_retryable(request, error):
            raise Unrepeatable(str(error)) from error
        raise
