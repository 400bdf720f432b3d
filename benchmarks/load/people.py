"""Who asks besides guests: somebody who is logged in, and students with tokens who review."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import click
import orjson
from sqlalchemy import insert, select, update

from benchmarks.data.plan import SPECIAL
from benchmarks.load.measure import Request
from courseshop.database.transactions import writing
from courseshop.domain.actor import Actor
from courseshop.models import Course, Enrolment, User
from courseshop.schemas.token import TokenDraft
from courseshop.schemas.user import UserDraft
from courseshop.scripts.common import INI, open_shop
from courseshop.security import COOKIE
from courseshop.services import instructor_count, session, token, user

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.orm import Session

COURSES_EACH = 40
SAID = "The third lesson alone was worth it: short, clear, and with something to do at its end."
JSON = {"Accept": "application/json", "Content-Type": "application/json"}


@dataclass
class People:
    """`cookie` is the header of somebody logged in; `slugs` are all courses, shuffled.

    `reviews` are those that nobody has written yet; `made` counts the others that were confirmed.
    """

    cookie: str
    slugs: list[str]
    reviews: list[Request]
    asked: int = 0
    made: int = 0

    def cold(self, number: int) -> list[str]:
        """Return paths of courses behind the first `asked`, so that none comes again soon."""
        first = self.asked % len(self.slugs)
        some = (self.slugs[first:] + self.slugs[:first])[:number]
        return [f"/courses/{slug}" for slug in some]


def people_of(root: Path, ini: Path, writes: int) -> People:
    """Return people that the commit in `root` makes itself, by the command `people`."""
    found = orjson.loads(run_benchmarks(root, "people", str(ini), "--writes", str(writes)))
    reviews = []
    for one in found["to_do"].get("review", ()):
        headers = {**JSON, "Authorization": f"Bearer {one['token']}"}
        reviews.append(Request(one["path"], headers, "POST", one["body"]))
    return People(found["cookie"], found["slugs"], reviews)


def run_benchmarks(root: Path, *arguments: str) -> str:
    """Return what a command of a commit's own benchmarks prints, or raise its last words."""
    # With a server the command `prepare` would make its shop there.
    known = {**os.environ, "PYTHONPATH": str(root), "BENCH_SERVER_URL": ""}
    command = [sys.executable, "-m", "benchmarks", *arguments]
    done = subprocess.run(command, cwd=root, env=known, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)} in {root}:\n{done.stderr[-2000:]}")
    return done.stdout


@click.command("people")
@click.argument("ini", type=INI)
@click.option("--writes", type=click.IntRange(0), default=0)
def print_people(ini: str, writes: int) -> None:
    """Log somebody in to the shop of INI, enrol students who review, and print both as JSON.

    So a commit makes its own people for those who compare it with another.
    """
    with writing(open_shop(ini)) as request:
        db, ordered = request.db, select(Course.id, Course.slug).order_by(Course.id)
        rows = db.execute(ordered.where(Course.slug.not_in(SPECIAL))).all()
        cookie = log_in(db, request.settings)
        reviews = reviews_of(db, {row.id: row.slug for row in rows[:COURSES_EACH]}, writes)
    slugs = [slug for _id, slug in rows]
    Random(1).shuffle(slugs)
    click.echo(orjson.dumps({"cookie": cookie, "slugs": slugs, "to_do": {"review": reviews}}))


def log_in(db: Session, settings: Any) -> str:
    """Start a session of a student who has reviews and wishes, and return the cookie's header."""
    rows = select(Enrolment.user_id, User.username).join(User, User.id == Enrolment.user_id)
    row = db.execute(rows.order_by(User.id.desc()).limit(1)).one()
    actor = Actor(id=row.user_id, username=row.username, role="student")
    return f"{COOKIE}={session.start(db, actor, row.user_id, 'wrk', settings)}"


def reviews_of(db: Session, courses: dict[int, str], number: int) -> list[dict[str, str]]:
    """Make students with tokens, and return at least so many reviews, in an order of chance."""
    tokens = [student(db, one, list(courses)) for one in range(-(-number // COURSES_EACH))]
    pairs = list(product(tokens, courses.values()))
    Random(2).shuffle(pairs)
    bodies = [orjson.dumps({"rating": stars, "text": SAID}).decode() for stars in range(1, 6)]
    return [
        {"path": f"/courses/{slug}/reviews", "token": token, "body": bodies[n % 5]}
        for n, (token, slug) in enumerate(pairs)
    ]


def student(db: Session, number: int, courses: list[int]) -> str:
    """Make a student of these courses, and return a token of theirs."""
    username = f"writer{number}"
    draft = UserDraft(username=username, name=f"Writer {number}")
    row = user.add(db, draft, email=f"{username}@shop.example")
    actor = Actor(id=row.id, username=username, role="student")
    token_id, text = token.add(db, actor, row.id, TokenDraft(name="wrk", scope="write"))
    # The first use is stored, which is no part of what a write costs.
    token.touch(db, token_id)
    db.execute(insert(Enrolment), [{"user_id": row.id, "course_id": one} for one in courses])
    more = {"enrolled_count": Course.enrolled_count + 1}
    db.execute(update(Course).where(Course.id.in_(courses)).values(more))
    for course_id in courses:
        instructor_count.count(db, course_id, students=1)
    return text
