"""Repeatable choices, which depend only on a text."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

Item = TypeVar("Item")


class Dice:
    """Makes the same choices for the same text on every machine.

    Python's own `random` promises that only for `random()`, not for its choices.
    """

    def __init__(self, text: str) -> None:
        self._digest = text.encode()
        self._left = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        if self._left < limit:
            self._digest = blake2b(self._digest).digest()
            self._left = int.from_bytes(self._digest, "big")
        self._left, number = divmod(self._left, limit)
        return number

    def between(self, low: int, high: int) -> int:
        """Return a number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def shuffle(self, items: Sequence[Item]) -> list[Item]:
        """Return the items in another order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in items]
