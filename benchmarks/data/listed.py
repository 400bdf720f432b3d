"""What the shop keeps of courses to list and search them fast, made of what is stored of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from benchmarks.data.people import FIRST, LAST
from benchmarks.data.words import COMMON, MIDDLING, RARE
from courseshop.models import Course, User, course_instructor
from courseshop.services import facet
from courseshop.services.markdown import plain
from courseshop.services.search.vocabulary import unseen
from courseshop.services.search.words import field
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from benchmarks.data.words import Writer

BATCH = 1_000
COLUMNS = (
    *(Course.id, Course.title, Course.summary, Course.about_html, Course.tags, Course.status),
    *(Course.category_id, Course.level, Course.language, Course.price, Course.duration_minutes),
)


def courses(engine: Engine) -> Iterator[Any]:
    """Yield the columns of all courses, by their id."""
    last, some = 0, select(*COLUMNS).order_by(Course.id).limit(BATCH)
    with engine.connect() as connection:
        while rows := connection.execute(some.where(Course.id > last)).all():
            yield from rows
            last = rows[-1].id


def tags(engine: Engine) -> list[dict[str, Any]]:
    return [
        {"course_id": row.id, "tag": tag}
        for row in courses(engine)
        for tag in sorted({tag_of(one) for one in row.tags})
    ]


def counts(engine: Engine) -> list[dict[str, Any]]:
    """Return how many courses have what, as `courseshop doctor` counts it again."""
    counted = Counter(fact for row in courses(engine) for fact in facet.facts(row._asdict()))
    return [
        {"kind": kind, "value": value, "courses": number}
        for (kind, value), number in sorted(counted.items())
    ]


def documents(engine: Engine) -> Iterator[dict[str, Any]]:
    """Yield what is searched of each course."""
    names = instructors(engine)
    for row in courses(engine):
        body = dict.fromkeys([*field([row.summary]).split(), *_terms(row.about_html)])
        yield {
            "course_id": row.id,
            "title": field([row.title]),
            "people": field(names[row.id]),
            "tags": field(row.tags),
            "body": f" {' '.join(body)} ",
        }


@lru_cache(maxsize=10_000)
def _terms(about_html: str) -> list[str]:
    """Return the terms of a text; there are few, and many courses have each."""
    return field([plain(about_html)]).split()


def instructors(engine: Engine) -> dict[int, list[str]]:
    gives = course_instructor.c
    rows = select(gives.course_id, User.name).join(User, User.id == gives.user_id)
    names: dict[int, list[str]] = defaultdict(list)
    with engine.connect() as connection:
        for row in connection.execute(rows.order_by(gives.course_id, gives.position, User.id)):
            names[row.course_id].append(row.name)
    return names


def vocabulary(writer: Writer) -> list[dict[str, Any]]:
    """Return the words that there are, to propose one for a word that is in no course."""
    found = unseen([*writer.vocabulary, *FIRST, *LAST, COMMON, MIDDLING, RARE])
    return [{"term": term, "word": word} for term, word in sorted(found.items())]
