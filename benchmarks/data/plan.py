"""How much of everything there is, and the tools by which chance is spread the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.data import SPECIAL

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
# A row of a table, by its columns.
Row = dict[str, Any]
START, END = datetime(2018, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


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
    def instructors(self) -> range:
        """Return the ids of the users who teach."""
        return range(1, min(400, self.courses) + 1)

    @property
    def students(self) -> range:
        """Return the ids of all other users, who review and wish."""
        return range(self.instructors.stop, self.users + 1)

    def reviews(self) -> list[int]:
        """Return how many reviews each course has.

        The special ones have what they promise, the others ten on average, few of them many.
        """
        others = self.courses - len(SPECIAL)
        counts = share(10 * others, zipf(others, offset=30))
        # A course is popular whenever it was published.
        self.stream("popularity").shuffle(counts)
        return [*SPECIAL.values(), *counts]

    def stream(self, part: str) -> Random:
        """Return the chance of one part: another draw in one part leaves the others alone."""
        return Random(f"{self.seed}/{self.courses}/{part}")


def zipf(number: int, offset: int = 1) -> list[float]:
    """Return the cumulative weights of `number` ranks; by a larger `offset` they are more alike."""
    return list(accumulate(1 / (rank + offset) for rank in range(number)))


def share(total: int, cumulative: Sequence[float]) -> list[int]:
    """Return `total` split into whole numbers by cumulative weights; they add up to it exactly."""
    ends = [round(total * part / cumulative[-1]) for part in cumulative]
    return [end - start for start, end in pairwise([0, *ends])]


def distinct(rng: Random, items: Sequence[T], cumulative: Sequence[float], number: int) -> list[T]:
    """Return `number` different items, by their cumulative weights; far fewer than there are."""
    found: dict[T, None] = {}
    while len(found) < number:
        missing = number - len(found)
        found.update(dict.fromkeys(rng.choices(items, cum_weights=cumulative, k=missing)))
    return list(found)


def since(rng: Random, start: datetime) -> datetime:
    """Return a moment from `start` until END, each as likely."""
    return start + (END - start) * rng.random()
