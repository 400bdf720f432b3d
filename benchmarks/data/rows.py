"""The rows: courses with what they are found by, and people who give, review and wish for them.

Courses are in the order of publication, and the first ones are the SPECIAL ones.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from benchmarks.data.plan import (
    COMMON,
    END,
    MIDDLING,
    SPECIAL,
    START,
    VOCABULARY,
    Plan,
    Row,
    Writer,
    share,
    since,
    zipf,
)
from courseshop.domain import markdown
from courseshop.services import facet
from courseshop.services.course_fields import sort_title
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
TEXTS, OPINIONS = 400, 1_000
SLUGS = dict(enumerate(SPECIAL))
# How a course is liked: the weights of its stars.
STARS = ((4, 4, 10, 30, 52), (2, 3, 10, 40, 45), (8, 10, 20, 32, 30), (25, 20, 20, 20, 15))


def categories() -> Iterator[Row]:
    for number, title in enumerate(CATEGORIES, start=1):
        yield {"id": number, "slug": base_of(title), "title": title, "position": number, "stamp": 1}


class Catalogue:
    """Writes courses; the texts that take time to make, and that nobody compares, are few."""

    def __init__(self, plan: Plan) -> None:
        self.rng, number = plan.stream("courses"), plan.courses
        self.writer = Writer(self.rng)
        self.texts = [self.writer.texts() for _ in range(min(TEXTS, number))]
        words = {COMMON: number // 2, MIDDLING: max(10, number // 100)}
        places = range(len(SPECIAL), number)
        self.searched = {one: set(self.rng.sample(places, n)) for one, n in words.items()}

    def course(self, place: int, at: datetime) -> Row:
        """Return the course at a place of the catalogue, published then."""
        found = (word for word, places in self.searched.items() if place in places)
        title = " ".join(self.writer.words(2, 6)).title()
        summary = " ".join([*self.writer.words(10, 28), *found]).capitalize()
        return {
            "id": place + 1,
            "slug": SLUGS.get(place, f"{base_of(title)}-{place + 1}"),
            "title": title,
            "sort_title": sort_title(title),
            "summary": f"{summary}.",
            **self.rng.choice(self.texts),
            **self.facts(),
            **dict.fromkeys(("created_at", "updated_at", "published_at", "listed_at"), at),
            "status": "published",
            "stamp": 1,
        }

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
            "tags": sorted({*rng.choices(TAGS, cum_weights=OF_TAGS, k=rng.randint(0, 5))}),
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
        people = dict.fromkeys(rng.choices(plan.instructors, cum_weights=weights, k=number))
        for position, one in enumerate(people):
            yield {"course_id": course_id, "user_id": one, "position": position}


def counts(made: Sequence[Row]) -> Iterator[Row]:
    """Yield how many courses have what."""
    return counted(Counter(fact for course in made for fact in facet.facts(course)))


def counted(facts: Counter[facet.Fact]) -> Iterator[Row]:
    for (kind, value), number in sorted(facts.items()):
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


def users(plan: Plan) -> Iterator[Row]:
    """Yield the accounts by their id, without passwords, as old as the shop."""
    writer = Writer(plan.stream("people"))
    for number in range(1, plan.students.stop):
        role = "student" if number in plan.students else "instructor"
        yield {
            "id": number,
            "username": f"{role}-{number}",
            "name": " ".join(writer.words(2, 2)).title(),
            "email": f"{role}-{number}@shop.example",
            "role": role,
            # Stamps begin at random elsewhere, but these data are the same each time.
            "stamp": 1,
            "created_at": START,
        }


def wishlists(plan: Plan) -> Iterator[Row]:
    """Yield everybody's default list, which has the id of its owner, and no secret for its key."""
    for number in range(1, plan.students.stop):
        owner = {"id": number, "owner_id": number, "default_of": number}
        yield {**owner, "key": f"{number:022}", "created_at": START, "stamp": 1}


def wishes(plan: Plan, courses: Sequence[Row]) -> Iterator[Row]:
    """Yield two wishes for each course on average, most of them for what is reviewed."""
    rng, lengths = plan.stream("wishes"), Counter[int]()
    numbers = share(2 * plan.courses, [*accumulate(1 + number for number in plan.reviews())])
    for course, number in zip(courses, numbers, strict=True):
        wish = {"course_id": course["id"], "title": course["title"], "version": 1}
        for owner in rng.sample(plan.students, number):
            lengths[owner] += 1
            at = since(rng, course["published_at"])
            yield {**wish, "wishlist_id": owner, "position": lengths[owner], "added_at": at}


def reviews(plan: Plan, courses: Sequence[Row]) -> list[Row]:
    """Return all reviews, the oldest first, as they come to lie in the table of a living shop."""
    rng, writer, found = plan.stream("reviews"), Writer(plan.stream("texts")), []
    texts = [{**writer.opinion(), "verified": True, "stamp": 1} for _ in range(OPINIONS)]
    for course, number in zip(courses, plan.reviews(), strict=True):
        stars = rng.choice(STARS)
        for author in rng.sample(plan.students, number):
            review = {"course_id": course["id"], "author_id": author, **rng.choice(texts)}
            review["created_at"] = since(rng, course["published_at"])
            review["rating"] = rng.choices(range(1, 6), stars)[0]
            found.append(review)
    found.sort(key=itemgetter("created_at"))
    return [{"id": number, **review} for number, review in enumerate(found, start=1)]
