"""Checks of plugins, which may refuse new values of the shop's own fields."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from courseshop.domain.errors import broken, together
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy.orm import Session

    from courseshop.database.types import SqlValue

    # Takes a session, the id of the row (None: a new one), and the new values of the changed
    # fields. Raises Refused or Conflict.
    CheckFunction = Callable[[Session, int | None, Mapping[str, SqlValue]], object]


class Check(NamedTuple):
    """A function that is called if one of `fields` changes."""

    fields: frozenset[str]
    function: CheckFunction


class Checks:
    """The checks of a shop, by the noun whose fields they check, such as "Course"."""

    def __init__(self) -> None:
        self._of: dict[str, list[Check]] = defaultdict(list)

    def add(self, noun: str, check: Check) -> None:
        self._of[noun].append(check)

    def concern(self, noun: str, fields: Iterable[str]) -> bool:
        """Return whether there is a check of one of these fields."""
        return any(not one.fields.isdisjoint(fields) for one in self._of[noun])

    def run(self, db: Session, noun: str, row_id: int | None, new: Mapping[str, SqlValue]) -> None:
        """Raise all that the checks of these new values refuse, as one error."""
        concerned = [one for one in self._of[noun] if one.fields & new.keys()]
        if found := broken(partial(one.function, db, row_id, new) for one in concerned):
            raise together(found)


def checks_of(db: Session) -> Checks:
    """Return the checks of the shop whose transaction `db` is."""
    return shop_of(db.info["registry"]).checks
