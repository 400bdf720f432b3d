"""An empty shop is filled, in one transaction: it holds all of the data, or nothing."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import bindparam, func, insert, select, text, update

from benchmarks.data import COMMON, MIDDLING, RARE, courses, people
from benchmarks.data.plan import Plan
from benchmarks.data.words import VOCABULARY
from courseshop import models
from courseshop.database import migrations
from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.shop import shop_of
from courseshop.scripts.common import INI, open_shop
from courseshop.services import doctor, rating, related
from courseshop.services.search.vocabulary import unseen
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from benchmarks.data.plan import Row

COURSES = click.IntRange(20, 100_000)
BATCH = 10_000
NUMBERED = (models.User, models.Wishlist, models.Category, models.Course, models.Review)


@click.command()
@click.argument("ini", type=INI)
@click.option("--courses", "number", type=COURSES, default=1_000, show_default=True)
@click.option("--seed", default=1, show_default=True, help="Another one gives other data.")
def data(ini: str, number: int, seed: int) -> None:
    """Fill the empty shop of INI with made-up courses, people, reviews and wishes.

    The same numbers give the same rows. Where they are there already nothing is done; a shop with
    anything else in it is refused.
    """
    with opened(ini) as registry:
        fill_once(registry, Plan(number, seed))


@contextmanager
def opened(ini: str) -> Iterator[Any]:
    """Yield the registry of an .ini's shop; its connections are closed at the end."""
    registry = open_shop(ini)
    try:
        yield registry
    finally:
        shop_of(registry).engine.dispose()


def fill_once(registry: Any, plan: Plan) -> None:
    """Fill the shop, and say what it holds and how long it took. Raises what `is_filled` does."""
    if is_filled(registry, plan):
        click.echo(f"The data are there already: {mark(plan)}")
        return
    start = time.monotonic()
    run_in_own_transaction(registry, partial(fill, plan=plan, summary=mark(plan)))
    settle(shop_of(registry).engine)
    click.echo(f"Stored in {time.monotonic() - start:.0f} s: {mark(plan)}")


def is_filled(registry: Any, plan: Plan) -> bool:
    """Tell whether the shop holds these data; ClickException unless it does, or is empty."""
    with shop_of(registry).engine.connect() as connection:
        if migrations.outdated(connection, migrations.environments(registry)):
            raise click.ClickException("tables are missing; run: courseshop init INI")
        by_id = select(models.Course.summary).order_by(models.Course.id)
        found = connection.scalar(by_id.limit(1))
        tables = (models.Course, models.Category, models.User)
        is_empty = not any(connection.scalar(select(one.id).limit(1)) for one in tables)
    if not is_empty and found != mark(plan):
        raise click.ClickException(f"an empty shop is needed; the first course is: {found}")
    return not is_empty


def mark(plan: Plan) -> str:
    """Return what names the data: the plan, and a digest of the program that makes them."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    edition = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    return f"{plan.courses:,} courses, seed {plan.seed}, edition {edition}"


def fill(db: Session, plan: Plan, summary: str) -> None:
    """Store the data of the plan; the first course gets this summary, to tell them by."""
    if db.get_bind().dialect.name == "sqlite":
        # Rows come in the order of time, and land all over the indexes: 1 GB of them in memory.
        db.execute(text("PRAGMA cache_size = -1000000"))
    made = courses.courses(plan)
    made[0]["summary"] = summary
    store_catalogue(db, plan, made)
    said = people.reviews(plan, made)
    store(db, models.Review, said)
    store(db, models.Vote, people.votes(plan, said))
    store(db, models.Wish, people.wishes(plan, made))
    columns = ("course_id", "user_id", "created_at")
    authors = select(models.Review.course_id, models.Review.author_id, models.Review.created_at)
    db.execute(insert(models.Enrolment).from_select(columns, authors))
    count_reviews(db)
    store(db, models.RelatedCourse, relations(db))


def store_catalogue(db: Session, plan: Plan, made: list[Row]) -> None:
    """Store accounts, courses, and what these are found by, in the order of foreign keys."""
    users, names = list(people.users(plan)), defaultdict(list)
    teaching = list(courses.teaching(plan))
    for one in teaching:
        names[one["course_id"]].append(users[one["user_id"] - 1]["name"])
    known = unseen([*VOCABULARY, *people.FIRST, *people.LAST, COMMON, MIDDLING, RARE])
    store(db, models.User, users)
    store(db, models.Wishlist, people.wishlists(plan))
    store(db, models.Category, courses.categories())
    store(db, models.Course, made)
    store(db, models.CourseSlug, ({"slug": one["slug"], "course_id": one["id"]} for one in made))
    store(db, models.course_instructor, teaching)
    tags = ((one["id"], tag_of(tag)) for one in made for tag in one["tags"])
    store(db, models.CourseTag, ({"course_id": one, "tag": tag} for one, tag in tags))
    store(db, models.CourseCount, courses.counts(made))
    store(db, models.CourseText, courses.documents(made, names))
    store(db, models.SearchWord, ({"term": one, "word": word} for one, word in known.items()))


def store(db: Session, model: Any, rows: Iterable[Row]) -> None:
    """Insert the rows, and tell how many they were."""
    table, rows, number = getattr(model, "__table__", model), iter(rows), 0
    while batch := list(islice(rows, BATCH)):
        db.execute(insert(table), batch)
        number += len(batch)
    click.echo(f"{number:>9,} {table.name}")


def count_reviews(db: Session) -> None:
    """Store what the reviews and students of each course add up to."""
    right = [{"which": course.id, **counted} for course, counted in doctor.wrong_counters(db)]
    course: Any = models.Course.__table__
    db.execute(update(course).where(course.c.id == bindparam("which")), right)
    score = rating.score(course.c.rating_sum, course.c.rating_count)
    db.execute(update(course).values(score=score))


def relations(db: Session) -> Iterator[Row]:
    """Yield which courses go together, as `courseshop relate` finds it."""
    likeness = related.likeness(db)
    for course_id in likeness.courses:
        for position, other in enumerate(likeness.related(course_id)):
            pair = {"course_id": course_id, "related_id": other.id}
            yield {**pair, "position": position, "wished": other.wished}


def settle(engine: Engine) -> None:
    """Let the database number and plan by what there is now, and not amid a measurement."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("ANALYZE"))
        elif engine.dialect.name == "postgresql":
            for model in NUMBERED:
                sequence = func.pg_get_serial_sequence(model.__tablename__, "id")
                connection.execute(select(func.setval(sequence, func.max(model.id))))
            connection.execute(text("VACUUM ANALYZE"))
