"""Who asks besides guests: somebody who is logged in, and students with tokens who write."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import click
import orjson
from sqlalchemy import insert, select, update

from benchmarks.data import SPECIAL
from benchmarks.data.command import opened
from benchmarks.load.wrk import Asked
from courseshop.database import migrations
from courseshop.database.transactions import writing
from courseshop.domain.actor import Actor
from courseshop.domain.shop import shop_of
from courseshop.models import Course, Enrolment, User, Wishlist
from courseshop.schemas.token import TokenDraft
from courseshop.schemas.user import UserDraft
from courseshop.scripts.common import INI
from courseshop.security import COOKIE
from courseshop.services import session, token, user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

# What each of them reviews and wishes for; a wishlist holds more.
COURSES_EACH = 40
SAID = "The third lesson alone was worth it: short, clear, and with something to do at its end."


@dataclass
class People:
    """`cookie` is the header of somebody logged in; `slugs` are all courses, shuffled.

    `to_do` holds for "review" and "wish" the requests that nobody has made yet.
    """

    cookie: str
    slugs: list[str]
    courses: list[int] = field(default_factory=list)
    writers: list[int] = field(default_factory=list)
    to_do: dict[str, list[Asked]] = field(default_factory=dict)
    asked: int = 0

    def cold(self, number: int) -> list[Asked]:
        """Return requests for courses behind the first `asked`, so that none comes again soon."""
        most = min(number, len(self.slugs))
        some = (self.slugs[(self.asked + n) % len(self.slugs)] for n in range(most))
        return [Asked(f"/courses/{slug}") for slug in some]


def arrive(ini: Path, writes: int) -> People:
    """Log somebody in, and enrol students with tokens who can write `writes` times of each kind."""
    with opened(str(ini)) as registry:
        # The shop that was copied may be of an earlier version.
        migrations.upgrade(shop_of(registry).engine, migrations.environments(registry))
        with writing(registry) as request:
            people = People(log_in(request), slugs(request.db))
            if writes:
                enrol_writers(request.db, people, -(-writes // COURSES_EACH))
            return people


@click.command("people")
@click.argument("ini", type=INI)
@click.option("--writes", type=click.IntRange(0), default=0, show_default=True)
def print_people(ini: str, writes: int) -> None:
    """Log somebody in to the shop of INI, enrol students who write, and print both as JSON.

    So a commit makes its own people for those who compare it with another.
    """
    click.echo(orjson.dumps(arrive(Path(ini), writes)))


def read_people(text: str) -> People:
    """Return the people that `print_people` has printed."""
    found = orjson.loads(text)
    found["to_do"] = {
        kind: [Asked(**one) for one in asked] for kind, asked in found["to_do"].items()
    }
    return People(**found)


def enrol_writers(db: Session, people: People, number: int) -> None:
    """Make so many students, who attend some courses, and what they will write."""
    people.courses = some_courses(db)
    tokens = [student(db, one) for one in range(number)]
    people.writers = [one for one, _token in tokens]
    # They begin at random; those of lists that wishes move are counted from 1.
    db.execute(update(Wishlist).where(Wishlist.owner_id.in_(people.writers)).values(stamp=1))
    enrol(db, people)
    people.to_do = requests(db, people, [text for _one, text in tokens])


def log_in(request: Any) -> str:
    """Start a session of a student who has reviews and wishes, and return the cookie's header."""
    rows = select(Enrolment.user_id, User.username).join(User, User.id == Enrolment.user_id)
    row = request.db.execute(rows.order_by(User.id.desc()).limit(1)).one()
    actor = Actor(id=row.user_id, username=row.username, role="student")
    return f"{COOKIE}={session.start(request.db, actor, row.user_id, 'wrk', request.settings)}"


def slugs(db: Session) -> list[str]:
    """Return the slugs of all courses but the special ones, in an order of chance."""
    rows = select(Course.slug).where(Course.status == "published", Course.slug.not_in(SPECIAL))
    found = list(db.scalars(rows.order_by(Course.id)))
    Random(1).shuffle(found)
    return found


def some_courses(db: Session) -> list[int]:
    rows = select(Course.id).where(Course.status == "published", Course.slug.not_in(SPECIAL))
    return list(db.scalars(rows.order_by(Course.id).limit(COURSES_EACH)))


def student(db: Session, number: int) -> tuple[int, str]:
    """Return the id and the token of a new student, by the services."""
    username = f"writer{number}"
    draft = UserDraft(username=username, name=f"Writer {number}")
    row = user.add(db, draft, email=f"{username}@shop.example")
    actor = Actor(id=row.id, username=username, role="student")
    token_id, text = token.add(db, actor, row.id, TokenDraft(name="wrk", scope="write"))
    # The first use is stored, which is no part of what a write costs.
    token.touch(db, token_id)
    return row.id, text


def enrol(db: Session, people: People) -> None:
    """Make all writers students of all courses, however many these are."""
    rows = [{"user_id": one, "course_id": two} for one in people.writers for two in people.courses]
    db.execute(insert(Enrolment), rows)
    more = {"enrolled_count": Course.enrolled_count + len(people.writers)}
    db.execute(update(Course).where(Course.id.in_(people.courses)).values(more))


def requests(db: Session, people: People, tokens: list[str]) -> dict[str, list[Asked]]:
    """Return one review and one wish by each writer for each course, in an order of chance."""
    named = {row.id: row.slug for row in db.execute(select(Course.id, Course.slug))}
    pairs = [(text, named[one]) for text in tokens for one in people.courses]
    Random(2).shuffle(pairs)
    bodies = [orjson.dumps({"rating": stars, "text": SAID}).decode() for stars in range(1, 6)]
    reviews = [
        Asked(f"/courses/{slug}/reviews", "POST", text, bodies[number % 5])
        for number, (text, slug) in enumerate(pairs)
    ]
    wishes = [Asked(f"/wishlists/default/{slug}", "PUT", text, "{}") for text, slug in pairs]
    return {"review": reviews, "wish": wishes}
