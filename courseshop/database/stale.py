"""Stale edits: another transaction has changed, deleted or renamed the row in the meantime."""

from __future__ import annotations

from typing import TypeVar

from pyramid_retry import RetryableException

Found = TypeVar("Found")


class StaleEdit(RetryableException):
    """Another transaction has changed a row that this one has read; the request is retried."""


def ensure_present(found: Found | None, description: str) -> Found:
    """Return `found`. Raises StaleEdit if it is None: the row was just deleted or renamed.

    The message of the exception begins with the `description` of the row.
    """
    if found is None:
        raise StaleEdit(f"{description} no longer exists")
    return found
