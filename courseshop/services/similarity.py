"""Similarity of courses, by the people who wish for them, their tags and their category.

This module does not use the database. The cost grows linearly with the shop, because each course is
compared with a bounded number of others: MOST_IN_A_POOL of its category and of each of its tags,
and the other wishes of the people who wish for it, at most MOST_WISHES of each person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import nlargest
from math import fsum, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_IN_A_POOL = 40
MOST_WISHES = 50
MOST_RELATED = 8
# Wishes that fewer people share are neither counted nor shown, so that related courses do not
# reveal anybody's wishlist.
FEWEST_PEOPLE = 3
# The weights of a weighted hybrid recommender (Burke, "Hybrid Recommender Systems", 2002): people's
# behavior says more than tags, and tags say more than the category.
BY_WISHES, BY_TAGS, BY_CATEGORY = 2.0, 1.0, 0.25
# Scores are rounded, because further digits depend on the order of additions: otherwise another
# run on the same data could change rows.
DIGITS = 9


class Facts(NamedTuple):
    """The data of a course to compare; the larger `popularity` breaks ties."""

    id: int
    category_id: int
    tags: frozenset[str]
    popularity: tuple[int, ...]


class Found(NamedTuple):
    """A related course; `wished` is true if the same people wish for both courses."""

    id: int
    wished: bool


def folded(tags: Iterable[str]) -> frozenset[str]:
    """Return the tags normalized for comparison (see `tag_of`)."""
    return frozenset(map(tag_of, tags))


class Similarity:
    """The similarity of courses, by their data and by people's wishes.

    `wishes` are pairs of a person's id and a course's id, each person's newest wishes first.
    """

    def __init__(self, courses: Iterable[Facts], wishes: Iterable[tuple[int, int]]) -> None:
        self.courses = {one.id: one for one in courses}
        shelves, tagged = defaultdict(list), defaultdict(list)
        for one in self.courses.values():
            shelves[one.category_id].append(one)
            for tag in one.tags:
                tagged[tag].append(one)
        self._shelves = {category: _pool(some) for category, some in shelves.items()}
        self._tagged = {tag: _pool(some) for tag, some in tagged.items()}
        # Inverse document frequency (Spärck Jones, 1972): sharing a rare tag says more.
        self._rarity = {tag: log(1 + len(self.courses) / len(some)) for tag, some in tagged.items()}
        self._weights = {one.id: self._weight(one.tags) for one in self.courses.values()}
        self._take_wishes(wishes)

    def _take_wishes(self, wishes: Iterable[tuple[int, int]]) -> None:
        wishes_of: dict[int, list[int]] = defaultdict(list)
        for person, course in wishes:
            if course in self.courses and len(wishes_of[person]) < MOST_WISHES:
                wishes_of[person].append(course)
        self._wishes_of = wishes_of
        self._wished_by: dict[int, list[int]] = defaultdict(list)
        for person, courses in wishes_of.items():
            for course in courses:
                self._wished_by[course].append(person)

    def related(self, course_id: int) -> list[Found]:
        """Return the related courses of a course, best first; none if the course is unknown."""
        course = self.courses.get(course_id)
        if course is None:
            return []
        wished = self._wished_with(course_id)
        pools = [self._shelves[course.category_id], *(self._tagged[tag] for tag in course.tags)]
        others = {other for pool in pools for other in pool} | wished.keys()
        scores = {
            other: self.score(course, self.courses[other], wished.get(other, 0.0))
            for other in others - {course_id}
        }
        best = nlargest(
            MOST_RELATED, scores, key=lambda one: (scores[one], self.courses[one].popularity, one)
        )
        return [Found(other, other in wished) for other in best]

    def score(self, course: Facts, other: Facts, wished: float) -> float:
        same = course.category_id == other.category_id
        tags = self._alike(course, other)
        return round(BY_WISHES * wished + BY_TAGS * tags + BY_CATEGORY * same, DIGITS)

    def _alike(self, course: Facts, other: Facts) -> float:
        """Return the weighted Jaccard index of the tags, 0 to 1: weight of common over all tags."""
        both = course.tags & other.tags
        if not both:
            return 0.0
        common = self._weight(both)
        return common / (self._weights[course.id] + self._weights[other.id] - common)

    def _weight(self, tags: frozenset[str]) -> float:
        # The result of fsum does not depend on the iteration order of the set.
        return fsum(map(self._rarity.__getitem__, tags))

    def _wished_with(self, course_id: int) -> dict[int, float]:
        """Return the similarity by wishes with other courses, 0 to 1, by the other course's id.

        It is the cosine similarity of the sets of people who wish for each course, as in Linden,
        Smith and York, "Amazon.com Recommendations: Item-to-Item Collaborative Filtering" (2003):
        common / sqrt(people x others). Courses with fewer than FEWEST_PEOPLE in common are omitted.
        """
        people = self._wished_by.get(course_id, [])
        common = Counter(other for person in people for other in self._wishes_of[person])
        return {
            other: number / sqrt(len(people) * len(self._wished_by[other]))
            for other, number in common.items()
            if number >= FEWEST_PEOPLE and other != course_id
        }


def _pool(courses: list[Facts]) -> list[int]:
    """Return the ids of the MOST_IN_A_POOL most popular courses."""
    best = nlargest(MOST_IN_A_POOL, courses, key=lambda one: (one.popularity, one.id))
    return [one.id for one in best]
