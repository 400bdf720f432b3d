"""An empty shop is filled, once: it says of itself which data it holds, when all are there."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from sqlalchemy import select, update

from benchmarks.data import courses, listed, people, reviews, wishes
from benchmarks.data.store import finish, store
from courseshop.database import migrations
from courseshop.domain.shop import shop_of
from courseshop.models import (
    Category,
    Course,
    CourseCount,
    CourseSlug,
    CourseTag,
    CourseText,
    Enrolment,
    Review,
    SearchWord,
    User,
    Vote,
    Wish,
    Wishlist,
    course_instructor,
)
from courseshop.services.markdown import plain
from courseshop.services.search.words import field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.progress import Progress
    from sqlalchemy import Engine, Table

    from benchmarks.data.plan import Plan

# The summary of this course names the data.
MARKED = next(iter(courses.SPECIAL))


class Unfit(click.ClickException):
    """The shop cannot be filled; the message says what to do."""


class Step(NamedTuple):
    model: Any
    rows: Iterable[dict[str, Any]]
    total: int


def mark(plan: Plan) -> str:
    """Return what names the data: the plan, and a digest of the program that makes them."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    edition = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    return f"{plan.courses:,} courses, seed {plan.seed}, edition {edition}"


def is_filled(registry: Any, plan: Plan) -> bool:
    """Tell whether the shop holds these data. Raises Unfit unless it does, or is empty."""
    with shop_of(registry).engine.connect() as connection:
        if migrations.outdated(connection, migrations.environments(registry)):
            raise Unfit("the database has not the tables of this version; run: courseshop init INI")
        found = connection.scalar(select(Course.summary).where(Course.slug == MARKED))
        if found == mark(plan):
            return True
        if found:
            raise Unfit(f"the shop holds other data ({found}); delete its database first")
        for model in (Course, Category, User):
            if connection.execute(select(model.id).limit(1)).first():
                raise Unfit(f"the shop has rows in {model.__tablename__}; an empty one is needed")
    return False


def fill(engine: Engine, plan: Plan, progress: Progress) -> dict[Table, int]:
    """Store the data of the plan; return the number of rows in each table."""
    stored: dict[Table, int] = {}
    # Of the program as it is now: somebody may work on it meanwhile.
    name = mark(plan)
    planning = progress.add_task("planning", total=None)
    for step in steps(plan, engine):
        progress.update(planning, visible=False)
        table = getattr(step.model, "__table__", step.model)
        task = progress.add_task(table.name, total=step.total)
        store(engine, table, step.rows, partial(progress.advance, task))
        stored[table] = step.total
    finish(engine, list(stored))
    with engine.execution_options(writes=True).begin() as connection:
        marked = select(Course.id, Course.about_html).where(Course.slug == MARKED)
        row = connection.execute(marked).one()
        body = field([name, plain(row.about_html)])
        text = update(CourseText).where(CourseText.course_id == row.id).values(body=body)
        connection.execute(text)
        connection.execute(update(Course).where(Course.id == row.id).values(summary=name))
    return stored


def steps(plan: Plan, engine: Engine) -> Iterator[Step]:
    """Yield the tables in an order that foreign keys allow, each with its rows."""
    catalogue = courses.Catalogue(plan)
    published, titles = catalogue.published, catalogue.titles()
    said = reviews.reviews(plan, published)
    tallies = reviews.tally(plan, said)
    wished = wishes.wishes(plan, tallies)
    instructors = list(courses.instructors(plan))
    yield Step(User, people.users(plan, wished), plan.users)
    yield Step(Wishlist, people.wishlists(plan, wished), plan.users)
    yield Step(Category, courses.categories(), len(courses.CATEGORIES))
    yield Step(Course, catalogue.rows(titles, tallies), plan.courses)
    yield Step(CourseSlug, courses.slugs(titles), plan.courses)
    yield Step(course_instructor, instructors, len(instructors))
    yield Step(Enrolment, reviews.enrolments(said, published), len(said))
    yield Step(Review, reviews.rows(plan, said), len(said))
    yield Step(Vote, reviews.votes(plan, said), sum(review.votes for review in said))
    yield Step(Wish, wishes.rows(plan, wished, titles, published), sum(map(len, wished)))
    tags, counts = listed.tags(engine), listed.counts(engine)
    vocabulary = listed.vocabulary(catalogue.writer)
    yield Step(CourseTag, tags, len(tags))
    yield Step(CourseCount, counts, len(counts))
    yield Step(CourseText, listed.documents(engine), plan.courses)
    yield Step(SearchWord, vocabulary, len(vocabulary))
