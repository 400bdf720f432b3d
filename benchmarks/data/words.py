"""The words of the data: a vocabulary by Zipf's law, and the texts that are made of it."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from benchmarks.data.plan import zipf
from courseshop.services import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

# To be searched for. They stand in titles and summaries and nowhere else, and no other word has
# their stem: the first in half of the courses, the second in one of a hundred (in ten at least),
# the third in RARE_COURSES.
COMMON, MIDDLING, RARE = "practice", "orchard", "zephyr"
RARE_COURSES = 5
FREQUENT = (
    "the and of to for with in your from a how you on by it is what this that into first "
    "learn course build write make work design data code guide people tools music python "
    "step project modern basics small better daily language simple story team world market"
).split()
ACCENTED = "café naïve über señal façade crème smörgås żurek coração déjà größe jalapeño".split()
STARTS = ("b", "br", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pl", "s", "t", "tr", "v")
MIDDLES = ("a", "e", "i", "o", "u", "ai", "ea", "io")
ENDS = ("", "", "", "n", "r", "s", "l", "t")
VOCABULARY = 4_000
ABOUTS, OUTLINES, REVIEWS = 400, 200, 1_000


def invented(rng: Random) -> Iterator[str]:
    while True:
        syllables = rng.choice((2, 2, 3))
        parts = (rng.choice(part) for _ in range(syllables) for part in (STARTS, MIDDLES, ENDS))
        yield "".join(parts)


def vocabulary(rng: Random) -> list[str]:
    """Return the different words, the most frequent first."""
    words = dict.fromkeys(FREQUENT)
    for word in invented(rng):
        words[word] = None
        if len(words) + len(ACCENTED) == VOCABULARY:
            break
    found = list(words)
    for place, word in enumerate(ACCENTED, start=1):
        found.insert(len(FREQUENT) * place, word)
    return found


class Writer:
    """Writes words, sentences and texts in Markdown, by one stream of chance."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.vocabulary = vocabulary(rng)
        self.weights = list(accumulate(zipf(VOCABULARY, offset=3)))

    def words(self, fewest: int, most: int) -> list[str]:
        number = self.rng.randint(fewest, most)
        return self.rng.choices(self.vocabulary, cum_weights=self.weights, k=number)

    def line(self, fewest: int, most: int) -> str:
        """Return a heading: words with a capital, without a full stop."""
        return capital(" ".join(self.words(fewest, most)))

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
        return [
            {
                "title": self.line(2, 5),
                "lessons": [
                    {"title": title, "minutes": self.rng.randint(3, 40)}
                    for title in self.points(2, 6)
                ],
            }
            for _ in range(self.rng.randint(2, 6))
        ]

    def opinion(self) -> str:
        """Return the text of a review: none, a few words, or up to three paragraphs."""
        shape = self.rng.random()
        if shape < 0.15:
            return ""
        if shape < 0.4:
            return f"{self.line(2, 6)}!"
        return "\n\n".join(self.sentences(1, 3) for _ in range(self.rng.choice((1, 1, 1, 2, 3))))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def rendered(text: str) -> tuple[str, str]:
    """Return a text as Markdown and as the HTML that the shop makes of it."""
    return text, markdown.render(text)
