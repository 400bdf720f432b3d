"""The catalogue: categories, courses, who gives them, and what they are found by.

Courses are in the order of publication, and the first ones are the SPECIAL ones.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from benchmarks.data import COMMON, MIDDLING, RARE, RARE_COURSES, SPECIAL
from benchmarks.data.plan import END, START, Plan, Row, distinct, zipf
from benchmarks.data.words import VOCABULARY, Writer
from courseshop.services import facet, markdown
from courseshop.services.course import sort_title
from courseshop.services.search.words import field
from courseshop.services.slug import base_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

CATEGORIES = (
    "Programming Languages Design Music Business Cooking Photography Writing Mathematics Drawing "
    "Marketing Data Fitness History Film Finance Gardens Woodwork Physics Psychology Sewing Chess "
    "Speaking Philosophy Chemistry Teaching Travel Law Astronomy Pottery Dance Electronics "
    "Parenting Sailing Beekeeping Genealogy"
).split()
OF_CATEGORIES = zipf(len(CATEGORIES), offset=3)
LEVELS, OF_LEVELS = ("beginner", "all", "intermediate", "advanced"), (40, 30, 20, 10)
LANGUAGES = ("en", "es", "de", "fr", "pt-BR", "ja", "hi", "ar")
OF_LANGUAGES = (60, 12, 8, 7, 5, 3, 3, 2)
PRICES = [Decimal(price) for price in ("9.99", "14.99", "19.99", "29.50", "49.00", "99.00")]
TAGS = VOCABULARY[-200:]
OF_TAGS = zipf(len(TAGS))
ABOUTS, OUTLINES = 400, 200
SLUGS = dict(enumerate(SPECIAL))


def categories() -> Iterator[Row]:
    for number, title in enumerate(CATEGORIES, start=1):
        yield {"id": number, "slug": base_of(title), "title": title, "position": number, "stamp": 1}


class Catalogue:
    """Writes courses; what takes time to make, and what nobody compares, comes from pools."""

    def __init__(self, plan: Plan) -> None:
        self.rng, number = plan.stream("courses"), plan.courses
        self.writer = Writer(self.rng)
        self.abouts = [self.writer.about() for _ in range(min(ABOUTS, number))]
        self.html = {about: markdown.render(about) for about in self.abouts}
        self.outlines = [self.writer.outline() for _ in range(OUTLINES)]
        words = {COMMON: number // 2, MIDDLING: max(10, number // 100), RARE: RARE_COURSES}
        places = range(len(SPECIAL), number)
        self.searched = {one: set(self.rng.sample(places, n)) for one, n in words.items()}

    def course(self, place: int, at: datetime) -> Row:
        """Return the course at a place of the catalogue, published then."""
        title, summary = self.heading(place)
        about = self.rng.choice(self.abouts)
        return {
            "id": place + 1,
            "slug": SLUGS.get(place, f"{base_of(title)}-{place + 1}"),
            "title": title,
            "sort_title": sort_title(title),
            "summary": summary,
            "about_markdown": about,
            "about_html": self.html[about],
            **self.facts(),
            "outcomes": self.writer.points(2, 6),
            "requirements": self.writer.points(0, 3),
            "audience": self.writer.points(0, 3),
            "outline": self.rng.choice(self.outlines),
            **dict.fromkeys(("created_at", "updated_at", "published_at", "listed_at"), at),
            "status": "published",
            "stamp": 1,
        }

    def heading(self, place: int) -> tuple[str, str]:
        """Return title and summary, 60 to 250 characters, with words that are searched for."""
        title, summary = self.writer.words(2, 6), self.writer.words(10, 28)
        for word in (one for one, places in self.searched.items() if place in places):
            words = self.rng.choice((title, summary, summary))
            words.insert(self.rng.randint(0, len(words)), word)
        return " ".join(title).title(), f"{' '.join(summary).capitalize()}."

    def facts(self) -> Row:
        """Return what one filters by."""
        rng, numbers = self.rng, range(1, len(CATEGORIES) + 1)
        return {
            "category_id": rng.choices(numbers, cum_weights=OF_CATEGORIES)[0],
            "level": rng.choices(LEVELS, OF_LEVELS)[0],
            "language": rng.choices(LANGUAGES, OF_LANGUAGES)[0],
            # From half an hour to ten days, most of them short.
            "duration_minutes": int(30 * 1.05 ** rng.uniform(0, 80)),
            "price": rng.choice(PRICES) if rng.random() < 0.5 else Decimal(0),
            "tags": distinct(rng, TAGS, OF_TAGS, rng.randint(0, 5)),
        }


def courses(plan: Plan) -> list[Row]:
    """Return the courses: no two were published at once, and evenly over the years."""
    catalogue, step = Catalogue(plan), (END - START) / plan.courses
    moments = (START + step * (n + catalogue.rng.random()) for n in range(plan.courses))
    return [catalogue.course(place, at) for place, at in enumerate(moments)]


def teaching(plan: Plan) -> Iterator[Row]:
    """Yield who gives each course: one to three people, some of them many courses."""
    rng, weights = plan.stream("instructors"), zipf(len(plan.instructors), offset=20)
    for course_id in range(1, plan.courses + 1):
        number = rng.choices((1, 2, 3), (80, 15, 5))[0]
        for position, one in enumerate(distinct(rng, plan.instructors, weights, number)):
            yield {"course_id": course_id, "user_id": one, "position": position}


def counts(made: Sequence[Row]) -> Iterator[Row]:
    """Yield how many courses have what."""
    counted = Counter(fact for course in made for fact in facet.facts(course))
    for (kind, value), number in sorted(counted.items()):
        yield {"kind": kind, "value": value, "courses": number}


def documents(made: Sequence[Row], names: Mapping[int, Sequence[str]]) -> Iterator[Row]:
    """Yield what is searched of each course; `names` are those of its instructors, by its id."""
    for course in made:
        body = [*field([course["summary"]]).split(), *terms(course["about_html"])]
        yield {
            "course_id": course["id"],
            "title": field([course["title"]]),
            "people": field(names[course["id"]]),
            "tags": field(course["tags"]),
            "body": f" {' '.join(dict.fromkeys(body))} ",
        }


@cache
def terms(about_html: str) -> list[str]:
    """Return the terms of a text; there are few, and many courses have each."""
    return field([markdown.plain(about_html)]).split()
