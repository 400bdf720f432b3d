"""What is unique is unique by constraint: insert first, and ask only when that failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


@contextmanager
def unless_taken(db: Session, taken: Any, refusal: Exception) -> Iterator[None]:
    """Run an insert in a savepoint; raise `refusal` when `taken` (a select) finds the rival.

    Another broken constraint is the program's fault, and stays an IntegrityError.
    """
    try:
        with db.begin_nested():
            yield
    except IntegrityError:
        if db.execute(taken).first() is None:
            raise
        raise refusal from None
