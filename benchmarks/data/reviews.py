"""What students say: enrolments, reviews and helpful votes, and what a course counts of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.data.courses import SPECIAL
from benchmarks.data.plan import DAY, END, between, moment, share, zipf
from benchmarks.data.words import REVIEWS, Writer, rendered
from courseshop.services.rating import score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from benchmarks.data.plan import Plan

PER_COURSE = 10
STARS = (1, 2, 3, 4, 5)
# How a course is liked: the weights of its stars.
OPINIONS = ((4, 4, 10, 30, 52), (2, 3, 10, 40, 45), (8, 10, 20, 32, 30), (25, 20, 20, 20, 15))
VOTES, OF_VOTES = (0, 1, 2, 4, 9), (88, 6, 3, 2, 1)
PENDING, HIDDEN = 0.001, 0.004


class Review(NamedTuple):
    """A review, in the order of its moment; `course` is a place, `author` the id of a student."""

    moment: int
    course: int
    author: int
    rating: int
    votes: int
    status: str


@dataclass
class Tally:
    """What the reviews of one course add up to; who gives it is one change more."""

    stars: list[int] = field(default_factory=lambda: [0] * len(STARS))
    enrolled: int = 0
    hidden: int = 0
    votes: int = 0

    def add(self, review: Review) -> None:
        self.enrolled += 1
        self.votes += review.votes
        if review.status == "published":
            self.stars[review.rating - 1] += 1
        elif review.status == "hidden":
            self.hidden += 1

    def columns(self) -> dict[str, int]:
        count = sum(self.stars)
        total = sum(n * number for n, number in zip(STARS, self.stars, strict=True))
        return {
            "enrolled_count": self.enrolled,
            "rating_count": count,
            "rating_sum": total,
            "score": score(total, count),
            **{f"rating_{n}": count for n, count in zip(STARS, self.stars, strict=True)},
            "hidden_count": self.hidden,
            # An enrolment and a review each move it, and so does a vote.
            "stamp": 2 + 2 * self.enrolled + self.votes,
        }


def numbers(plan: Plan) -> list[int]:
    """Return how many reviews each course has.

    The special ones have what they promise, the others PER_COURSE on average, few of them many.
    """
    others = plan.courses - len(SPECIAL)
    counts = share(PER_COURSE * others, zipf(others, offset=30))
    # A course is popular whenever it was published.
    plan.stream("popularity").shuffle(counts)
    return [*SPECIAL.values(), *counts]


def reviews(plan: Plan, published: Sequence[int]) -> list[Review]:
    """Return all reviews, the oldest first, as they come to lie in the table of a living shop."""
    rng = plan.stream("reviews")
    students = range(plan.instructors + 1, plan.users + 1)
    found: list[Review] = []
    for course, number in enumerate(numbers(plan)):
        authors = rng.sample(students, number)
        stars = rng.choices(STARS, rng.choice(OPINIONS), k=number)
        votes = rng.choices(VOTES, OF_VOTES, k=number)
        statuses = [status(rng, course) for _ in authors]
        moments = [between(rng, published[course]) for _ in authors]
        found += map(Review, moments, [course] * number, authors, stars, votes, statuses)
    found.sort()
    return found


def status(rng: Random, course: int) -> str:
    if course < len(SPECIAL):
        return "published"
    chance = rng.random()
    return "pending" if chance < PENDING else "hidden" if chance < HIDDEN else "published"


def tally(plan: Plan, found: Sequence[Review]) -> list[Tally]:
    tallies = [Tally() for _ in range(plan.courses)]
    for review in found:
        tallies[review.course].add(review)
    return tallies


def rows(plan: Plan, found: Sequence[Review]) -> Iterator[dict[str, Any]]:
    """Yield the reviews by their id, with texts from a pool."""
    rng = plan.stream("texts")
    writer = Writer(rng)
    texts = [rendered(writer.opinion()) for _ in range(REVIEWS)]
    for number, review in enumerate(found, start=1):
        text, html = rng.choice(texts)
        at = moment(review.moment)
        # A moderator's decision is another version.
        version = 2 if review.status == "hidden" else 1
        yield {
            "id": number,
            "course_id": review.course + 1,
            "author_id": review.author,
            "rating": review.rating,
            "text_markdown": text,
            "text_html": html,
            "status": review.status,
            "waiting_since": at if review.status == "pending" else None,
            "hidden_reason": "Advertising." if review.status == "hidden" else "",
            "verified": True,
            "helpful_count": review.votes,
            "created_at": at,
            "version": version,
            "stamp": version + review.votes,
        }


def enrolments(found: Sequence[Review], published: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield that each author is a student of the course, since a month before at most."""
    for review in found:
        since = max(published[review.course], review.moment - 30 * DAY)
        student = {"course_id": review.course + 1, "user_id": review.author}
        yield {**student, "created_at": moment(since)}


def votes(plan: Plan, found: Sequence[Review]) -> Iterator[dict[str, Any]]:
    """Yield who found which review helpful: students, never its author."""
    rng = plan.stream("votes")
    students = range(plan.instructors + 1, plan.users + 1)
    for number, review in enumerate(found, start=1):
        if not review.votes:
            continue
        voters = [one for one in rng.sample(students, review.votes + 1) if one != review.author]
        for voter in voters[: review.votes]:
            at = moment(between(rng, review.moment, END))
            yield {"review_id": number, "user_id": voter, "created_at": at}
