"""How much of everything there is, and the tools by which chance is spread the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, TypeVar

from courseshop.services.paging import EPOCH, MICROSECOND

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

T = TypeVar("T")
FEWEST, MOST = 20, 200_000
# Moments are microseconds since 1970 until they are stored: 2018-01-01 and 2026-01-01.
START, END = 1_514_764_800_000_000, 1_767_225_600_000_000
DAY = 86_400_000_000


@dataclass(frozen=True)
class Plan:
    """The numbers that follow from the number of courses; `seed` chooses one such shop."""

    courses: int
    seed: int = 1

    @property
    def users(self) -> int:
        """Return how many accounts there are: 10,000 of them review one course in any case."""
        return max(10_500, min(20_000, 20 * self.courses))

    @property
    def instructors(self) -> int:
        """Return how many users teach; all the others are students, who review and wish."""
        return min(400, self.courses)

    @property
    def students(self) -> int:
        return self.users - self.instructors

    @property
    def wishes(self) -> int:
        """Return how many wishes are spread; a list that would be too long loses some."""
        return 2 * self.courses

    def stream(self, part: str) -> Random:
        """Return the chance of one part: another draw in one part leaves the others alone."""
        return Random(f"{self.seed}/{self.courses}/{part}")


def zipf(number: int, offset: int = 1) -> list[float]:
    """Return the weights of `number` ranks; a larger `offset` makes the first ones more alike."""
    return [1 / (rank + offset) for rank in range(number)]


def share(total: int, weights: Sequence[float]) -> list[int]:
    """Return `total` split into whole numbers by the weights; they add up to it exactly."""
    sums = list(accumulate(weights))
    ends = [round(total * part / sums[-1]) for part in sums]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def distinct(rng: Random, items: Sequence[T], cumulative: Sequence[float], number: int) -> list[T]:
    """Return `number` different items, by their cumulative weights; far fewer than there are."""
    found: dict[T, None] = {}
    while len(found) < number:
        missing = number - len(found)
        found.update(dict.fromkeys(rng.choices(items, cum_weights=cumulative, k=missing)))
    return list(found)


def moment(microseconds: int) -> datetime:
    return EPOCH + microseconds * MICROSECOND


def between(rng: Random, start: int, end: int = END) -> int:
    """Return a moment from `start` until before `end`, each as likely."""
    return start + int((end - start) * rng.random())
