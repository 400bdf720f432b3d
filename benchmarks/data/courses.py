"""The catalogue: categories, courses and who gives them.

A course has a place from 0 on, and its id is one more. The places are in the order of publication,
and the first ones belong to the SPECIAL courses.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from benchmarks.data.plan import END, START, distinct, moment, zipf
from benchmarks.data.words import (
    ABOUTS,
    COMMON,
    MIDDLING,
    OUTLINES,
    RARE,
    RARE_COURSES,
    Writer,
    capital,
    rendered,
)
from courseshop.services.course import sort_title
from courseshop.services.slug import base_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from benchmarks.data.plan import Plan
    from benchmarks.data.reviews import Tally

# The slugs that benchmarks ask for, and how many published reviews these courses have.
SPECIAL = {"bench-0-reviews": 0, "bench-10-reviews": 10, "bench-10000-reviews": 10_000}
CATEGORIES = (
    "Programming;Languages;Design;Music;Business;Cooking;Photography;Writing;Mathematics;Drawing;"
    "Marketing;Data;Fitness;History;Film;Finance;Gardens;Woodwork;Physics;Psychology;Sewing;"
    "Chess;Public Speaking;Philosophy;Chemistry;Teaching;Travel;Law;Astronomy;Pottery;Dance;"
    "Electronics;Parenting;Sailing;Beekeeping;Genealogy"
).split(";")
LEVELS, OF_LEVELS = ("beginner", "all", "intermediate", "advanced"), (40, 30, 20, 10)
LANGUAGES = ("en", "es", "de", "fr", "pt-BR", "ja", "hi", "ar")
OF_LANGUAGES = (60, 12, 8, 7, 5, 3, 3, 2)
PRICES = [Decimal(price) for price in ("9.99", "14.99", "19.99", "29.50", "49.00", "99.00")]
TAGS = 200
LONGEST_SLUG_BASE = 60
# How many of the words that are searched for stand in the title; the others are in the summary.
IN_TITLE = 0.3


def categories() -> Iterator[dict[str, Any]]:
    for number, title in enumerate(CATEGORIES, start=1):
        facts = {"id": number, "slug": base_of(title), "title": title, "position": number}
        # Any number would do, but from one seed come the same data.
        yield {**facts, "stamp": 1}


def published(plan: Plan) -> list[int]:
    """Return when each course was published: no two at once, spread evenly over the years."""
    rng = plan.stream("publication")
    step = (END - START) // plan.courses
    return [START + place * step + rng.randrange(step) for place in range(plan.courses)]


def searched(plan: Plan) -> list[list[str]]:
    """Return the words set apart for searches that each course has.

    None of the SPECIAL ones: the summary of one of them comes to say which data these are.
    """
    rng = plan.stream("searched")
    places = range(len(SPECIAL), plan.courses)
    chosen = {
        COMMON: rng.sample(places, plan.courses // 2),
        MIDDLING: rng.sample(places, max(10, plan.courses // 100)),
        RARE: rng.sample(places, RARE_COURSES),
    }
    found: list[list[str]] = [[] for _ in range(plan.courses)]
    for word, having in chosen.items():
        for place in having:
            found[place].append(word)
    return found


class Catalogue:
    """Writes the courses of a plan, with what their reviews add up to."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.rng = plan.stream("courses")
        self.writer = Writer(self.rng)
        self.published = published(plan)
        self.searched = searched(plan)
        # What takes time to make, and what nobody compares, comes from pools.
        abouts = min(ABOUTS, plan.courses)
        self.abouts = [rendered(self.writer.about()) for _ in range(abouts)]
        self.outlines = [self.writer.outline() for _ in range(OUTLINES)]
        self.tags = self.writer.vocabulary[-TAGS:]
        self.tag_weights = list(accumulate(zipf(TAGS)))
        self.category_weights = list(accumulate(zipf(len(CATEGORIES), offset=3)))

    def titles(self) -> list[tuple[str, str]]:
        """Return slug and title of each course."""
        fixed = list(SPECIAL)
        found = []
        for place in range(self.plan.courses):
            more = [word for word in self.searched[place] if self.rng.random() < IN_TITLE]
            words = sprinkled(self.rng, self.writer.words(2, 6), more)
            title = " ".join(map(capital, words))
            slug = f"{base_of(title)[:LONGEST_SLUG_BASE].rstrip('-')}-{place + 1}"
            found.append((fixed[place] if place < len(fixed) else slug, title))
        return found

    def rows(
        self, titles: Sequence[tuple[str, str]], tallies: Sequence[Tally]
    ) -> Iterator[dict[str, Any]]:
        for place, (slug, title) in enumerate(titles):
            about, html = self.rng.choice(self.abouts)
            at = moment(self.published[place])
            yield {
                "id": place + 1,
                "slug": slug,
                "title": title,
                "sort_title": sort_title(title),
                "summary": self.summary(place, title),
                "about_markdown": about,
                "about_html": html,
                **self.facts(),
                "status": "published",
                **dict.fromkeys(("created_at", "updated_at", "published_at", "listed_at"), at),
                **tallies[place].columns(),
            }

    def summary(self, place: int, title: str) -> str:
        """Return 60 to 250 characters, with the searched words that the title has not got."""
        more = [word for word in self.searched[place] if word not in title.lower()]
        words = sprinkled(self.rng, self.writer.words(10, 28), more)
        return f"{capital(' '.join(words))}."

    def facts(self) -> dict[str, Any]:
        """Return what one filters by, and the lists of the course's page."""
        rng = self.rng
        free = rng.random() < 0.5
        numbers = range(1, len(CATEGORIES) + 1)
        return {
            "category_id": rng.choices(numbers, cum_weights=self.category_weights)[0],
            "level": rng.choices(LEVELS, OF_LEVELS)[0],
            "language": rng.choices(LANGUAGES, OF_LANGUAGES)[0],
            # From half an hour to ten days, most of them short.
            "duration_minutes": int(30 * 1.05 ** rng.uniform(0, 80)),
            "price": Decimal(0) if free else rng.choice(PRICES),
            "tags": distinct(rng, self.tags, self.tag_weights, rng.randint(0, 5)),
            "outcomes": self.writer.points(2, 6),
            "requirements": self.writer.points(0, 3),
            "audience": self.writer.points(0, 3),
            "outline": rng.choice(self.outlines),
        }


def sprinkled(rng: Random, words: list[str], more: Sequence[str]) -> list[str]:
    """Return `words` with `more` at places between them."""
    for word in more:
        words.insert(rng.randint(0, len(words)), word)
    return words


def slugs(titles: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for number, (slug, _title) in enumerate(titles, start=1):
        yield {"slug": slug, "course_id": number}


def instructors(plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield who gives each course: one to three people, some of them many courses."""
    rng = plan.stream("instructors")
    people, weights = range(1, plan.instructors + 1), list(accumulate(zipf(plan.instructors, 20)))
    for course_id in range(1, plan.courses + 1):
        number = rng.choices((1, 2, 3), (80, 15, 5))[0]
        for position, user_id in enumerate(distinct(rng, people, weights, number)):
            yield {"course_id": course_id, "user_id": user_id, "position": position}
