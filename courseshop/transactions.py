"""Short transactions that belong to no request: each is tried again when another is in its way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from courseshop.engine import is_locked

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_ATTEMPTS = 10
SECONDS_BETWEEN_ATTEMPTS = 0.5


def in_one(registry: Any, do: Callable[[Session], Any]) -> Any:
    """Return what `do(db)` does in one short transaction of its own."""
    engine = registry["courseshop.engine"].execution_options(writes=True)
    for _attempt in range(MOST_ATTEMPTS - 1):
        try:
            with Session(engine) as db, db.begin():
                return do(db)
        except DBAPIError as error:
            if not is_locked(error):
                raise
            time.sleep(SECONDS_BETWEEN_ATTEMPTS)
    with Session(engine) as db, db.begin():
        return do(db)
