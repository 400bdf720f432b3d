"""An empty shop is filled, in one transaction: it holds all of the data, or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import bindparam, func, insert, select, text, update

from benchmarks.data import rows
from courseshop import models
from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.shop import shop_of
from courseshop.services import doctor, facet, instructor_count, rating, related
from courseshop.services.words import tag_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from benchmarks.data.plan import Plan, Row

BATCH = 10_000
NUMBERED = (models.User, models.Wishlist, models.Category, models.Course, models.Review)


def fill_once(registry: Any, plan: Plan) -> None:
    """Fill an empty shop; ClickException unless it is empty, or holds these data already."""
    engine = shop_of(registry).engine
    with engine.connect() as connection:
        summaries = select(models.Course.summary).order_by(models.Course.id)
        found = connection.scalar(summaries.limit(1))
    if found is None:
        run_in_own_transaction(registry, partial(fill, plan=plan))
        settle(engine)
    elif found != mark(plan):
        raise click.ClickException(f"an empty shop is needed; the first course is: {found}")


def mark(plan: Plan) -> str:
    """Return what names the data: the plan, and a digest of the program that makes them."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    edition = sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    return f"{plan.courses:,} courses, edition {edition}"


def fill(db: Session, plan: Plan) -> None:
    """Store the data of the plan; the first course gets their mark for its summary."""
    if db.get_bind().dialect.name == "sqlite":
        # Rows come in the order of time, and land all over the indexes: 1 GB of them in memory.
        db.execute(text("PRAGMA cache_size = -1000000"))
    made = rows.courses(plan)
    made[0]["summary"] = mark(plan)
    store_catalogue(db, plan, made)
    store(db, models.Review, rows.reviews(plan, made))
    store(db, models.Wish, rows.wishes(plan, made))
    columns = ("course_id", "user_id", "created_at")
    authors = select(models.Review.course_id, models.Review.author_id, models.Review.created_at)
    db.execute(insert(models.Enrolment).from_select(columns, authors))
    count_reviews(db)
    store(db, models.RelatedCourse, relations(db))


def store_catalogue(db: Session, plan: Plan, made: list[Row]) -> None:
    """Store accounts, courses, and what these are found by, in the order of foreign keys."""
    users, names = list(rows.users(plan)), defaultdict(list)
    teaching = list(rows.teaching(plan))
    for one in teaching:
        names[one["course_id"]].append(users[one["user_id"] - 1]["name"])
    store(db, models.User, users)
    store(db, models.Wishlist, rows.wishlists(plan))
    store(db, models.Category, rows.categories())
    store(db, models.Course, made)
    store(db, models.CourseSlug, ({"slug": one["slug"], "course_id": one["id"]} for one in made))
    store(db, models.course_instructor, teaching)
    tags = ((one["id"], tag_of(tag)) for one in made for tag in one["tags"])
    store(db, models.CourseTag, ({"course_id": one, "tag": tag} for one, tag in tags))
    store(db, models.CourseCount, rows.counts(made))
    store(db, models.CourseText, rows.documents(made, names))


def store(db: Session, model: Any, made: Iterable[Row]) -> None:
    """Insert rows, and say of what they are: it may take minutes."""
    table, left = getattr(model, "__table__", model), iter(made)
    click.echo(f"filling {table.name}")
    while batch := list(islice(left, BATCH)):
        db.execute(insert(table), batch)


def count_reviews(db: Session) -> None:
    """Store what the reviews and students of each course and each instructor add up to."""
    right = [{"which": course.id, **counted} for course, counted in doctor.wrong_counters(db)]
    course: Any = models.Course.__table__
    db.execute(update(course).where(course.c.id == bindparam("which")), right)
    score = rating.score(course.c.rating_sum, course.c.rating_count)
    db.execute(update(course).values(score=score))
    rated = select(course.c.status, course.c.rating_sum, course.c.rating_count)
    counted = Counter(
        fact for row in db.execute(rated) for fact in facet.rating_facts(row._asdict())
    )
    store(db, models.CourseCount, rows.counted(counted))
    columns = ("user_id", *instructor_count.COUNTERS)
    totals = insert(models.InstructorCount).from_select(columns, select(instructor_count.REAL))
    db.execute(totals)


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
