"""What students wish for: few wish for much, and most wish for what many have reviewed."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from benchmarks.data.plan import END, between, distinct, moment, share, zipf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.data.plan import Plan
    from benchmarks.data.reviews import Tally

# courseshop.wishes_limit of development.ini.
LONGEST_LIST = 200


def wishes(plan: Plan, tallies: Sequence[Tally]) -> list[list[int]]:
    """Return the wishes of each student, as the places of courses; none twice."""
    rng = plan.stream("wishes")
    numbers = share(plan.wishes, zipf(plan.students, offset=300))
    rng.shuffle(numbers)
    most = min(LONGEST_LIST, plan.courses // 2)
    places, popularity = range(plan.courses), list(accumulate(1 + one.enrolled for one in tallies))
    return [distinct(rng, places, popularity, min(number, most)) for number in numbers]


def rows(
    plan: Plan,
    wished: Sequence[Sequence[int]],
    titles: Sequence[tuple[str, str]],
    published: Sequence[int],
) -> Iterator[dict[str, Any]]:
    rng = plan.stream("wished")
    for owner, places in enumerate(wished, start=plan.instructors + 1):
        for position, place in enumerate(places, start=1):
            yield {
                "wishlist_id": owner,
                "course_id": place + 1,
                "title": titles[place][1],
                "position": position,
                "added_at": moment(between(rng, published[place], END)),
                "version": 1,
            }
