"""How much of everything there is, and how chance makes it: the same each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from random import Random
from typing import TYPE_CHECKING, Any

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from courseshop.domain import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

# A row of a table, by its columns.
Row = dict[str, Any]
# The slugs that benchmarks ask for, and how many published reviews these courses have.
SPECIAL = {"bench-0-reviews": 0, "bench-10-reviews": 10, "bench-10000-reviews": 10_000}
# To be searched for. They stand in summaries and nowhere else: the first in half of the courses,
# the second in one of a hundred (in ten at least).
COMMON, MIDDLING = "lantern", "orchard"
START, END = datetime(2018, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """The numbers that follow from the number of courses."""

    courses: int

    @property
    def instructors(self) -> range:
        """Return the ids of the users who teach."""
        return range(1, min(400, self.courses) + 1)

    @property
    def students(self) -> range:
        """Return the ids of all other users: 10,000 of them review one course in any case."""
        users = max(10_500, min(20_000, 20 * self.courses))
        return range(self.instructors.stop, users + 1)

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
        return Random(f"{self.courses}/{part}")


def zipf(number: int, offset: int = 1) -> list[float]:
    """Return the cumulative weights of `number` ranks; by a larger `offset` they are more alike."""
    return list(accumulate(1 / (rank + offset) for rank in range(number)))


def share(total: int, cumulative: Sequence[float]) -> list[int]:
    """Return `total` split into whole numbers by cumulative weights; they add up to it exactly."""
    ends = [round(total * part / cumulative[-1]) for part in cumulative]
    return [end - start for start, end in pairwise([0, *ends])]


def since(rng: Random, start: datetime) -> datetime:
    """Return a moment from `start` until END, each as likely."""
    return start + (END - start) * rng.random()


WORDS = FREQUENCY_LISTS["english_wikipedia"]
# The most frequent first; short ones are so frequent that all texts would be of them.
VOCABULARY = [word for word in WORDS if len(word) > 3 and word.isalpha()][:4_000]
WEIGHTS = zipf(len(VOCABULARY), offset=3)


@dataclass
class Writer:
    """Writes words, sentences and texts in Markdown, by one stream of chance."""

    rng: Random

    def words(self, fewest: int, most: int) -> list[str]:
        number = self.rng.randint(fewest, most)
        return self.rng.choices(VOCABULARY, cum_weights=WEIGHTS, k=number)

    def line(self, fewest: int, most: int) -> str:
        """Return a heading: words with a capital, without a full stop."""
        return " ".join(self.words(fewest, most)).capitalize()

    def lines(self, fewest: int, most: int) -> list[str]:
        return [self.line(3, 9) for _ in range(self.rng.randint(fewest, most))]

    def sentences(self, fewest: int, most: int) -> str:
        number = self.rng.randint(fewest, most)
        return " ".join(f"{self.line(6, 18)}." for _ in range(number))

    def texts(self) -> dict[str, Any]:
        """Return the texts of a course but for its title and summary."""
        about = self.about()
        return {
            "about_markdown": about,
            "about_html": markdown.render(about),
            "outcomes": self.lines(2, 6),
            "requirements": self.lines(0, 3),
            "audience": self.lines(0, 3),
            "outline": [{"title": one, "lessons": self.lessons()} for one in self.lines(2, 6)],
        }

    def about(self) -> str:
        """Return what a course says of itself: 300 to 3,000 characters of Markdown."""
        parts = [self.sentences(2, 5)]
        for _ in range(self.rng.randint(1, 4)):
            points = "\n".join(f"- **{self.line(1, 3)}**: {self.line(4, 12)}" for _ in range(3))
            parts += [f"## {self.line(2, 6)}", self.sentences(1, 4), points]
        return "\n\n".join(parts)

    def lessons(self) -> list[dict[str, Any]]:
        return [{"title": one, "minutes": self.rng.randint(3, 40)} for one in self.lines(2, 6)]

    def opinion(self) -> dict[str, str]:
        """Return the text of a review: up to three paragraphs, often one, sometimes none."""
        paragraphs = self.rng.choices((0, 1, 2, 3), (15, 65, 15, 5))[0]
        text = "\n\n".join(self.sentences(1, 3) for _ in range(paragraphs))
        return {"text_markdown": text, "text_html": markdown.render(text)}
