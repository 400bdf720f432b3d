"""The words of the data, by Zipf's law, and the texts that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from benchmarks.data.plan import zipf

if TYPE_CHECKING:
    from random import Random

ACCENTED = "café naïve über señal façade crème smörgås żurek coração déjà größe jalapeño".split()
WORDS = FREQUENCY_LISTS["english_wikipedia"]
# The most frequent first; short ones are so frequent that all texts would be of them.
FREQUENT = [word for word in WORDS if len(word) > 3 and word.isalpha()]
VOCABULARY = [*FREQUENT[:200], *ACCENTED, *FREQUENT[200:4_000]]
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

    def sentences(self, fewest: int, most: int) -> str:
        number = self.rng.randint(fewest, most)
        return " ".join(f"{self.line(6, 18)}." for _ in range(number))

    def points(self, fewest: int, most: int) -> list[str]:
        return [self.line(3, 9) for _ in range(self.rng.randint(fewest, most))]

    def about(self) -> str:
        """Return what a course says of itself: 300 to 3,000 characters of Markdown."""
        parts = [self.sentences(2, 5)]
        for _ in range(self.rng.randint(1, 4)):
            points = "\n".join(f"- **{self.line(1, 3)}**: {self.line(4, 12)}" for _ in range(3))
            parts += [f"## {self.line(2, 6)}", self.sentences(1, 4), points]
        return "\n\n".join(parts)

    def outline(self) -> list[dict[str, object]]:
        return [{"title": title, "lessons": self.lessons()} for title in self.points(2, 6)]

    def lessons(self) -> list[dict[str, object]]:
        minutes = self.rng.randint
        return [{"title": title, "minutes": minutes(3, 40)} for title in self.points(2, 6)]

    def opinion(self) -> str:
        """Return the text of a review: up to three paragraphs, often one, sometimes none."""
        paragraphs = self.rng.choices((0, 1, 2, 3), (15, 65, 15, 5))[0]
        return "\n\n".join(self.sentences(1, 3) for _ in range(paragraphs))
