"""Stale edits: another transaction has changed, deleted or renamed the row in the meantime."""

from __future__ import annotations

from typing import TypeVar

from pyramid_retry import RetryableException

Found = TypeVar("Found")


class StaleEdit(RetryableException):
    """Another transaction has changed a row that this one has read; the request is retried."""


def ensure_present(found: Found | None, what: str) -> Found:
    """Return `found`. Raises StaleEdit if it is None: the row was deleted or renamed in between.

    `what` describes the row in the message of the exception.
    """
    if found is None:
        raise StaleEdit(f"{what} no longer exists")
    return found
