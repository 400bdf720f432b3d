"""Edits of rows that another transaction has changed, deleted or renamed meanwhile."""

from __future__ import annotations

from typing import TypeVar

from pyramid_retry import RetryableException

Found = TypeVar("Found")


class StaleEdit(RetryableException):
    """Another transaction has changed what this one has read; it is tried again."""


def ensure_present(found: Found | None, what: str) -> Found:
    """Return what was found; raise StaleEdit for None: it was deleted or renamed meanwhile."""
    if found is None:
        raise StaleEdit(f"{what} is not there any more")
    return found
