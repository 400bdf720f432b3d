"""What people do: they have accounts with a wishlist each, review, vote, and wish."""

from __future__ import annotations

from itertools import accumulate
from operator import itemgetter
from typing import TYPE_CHECKING

from benchmarks.data import SPECIAL
from benchmarks.data.plan import START, distinct, share, since, zipf
from benchmarks.data.words import Writer
from courseshop.services import markdown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.data.plan import Plan, Row

FIRST = "Aisha Beatriz Chinedu Élodie Farid Gökçe José Kateřina Mei Priya Søren Yuki Zoë".split()
LAST = "Bergström Chen Dubois Eze García Haddad Müller Okonkwo Quispe Silva Tanaka Ünal".split()
STARS = (1, 2, 3, 4, 5)
# How a course is liked: the weights of its stars.
OPINIONS = ((4, 4, 10, 30, 52), (2, 3, 10, 40, 45), (8, 10, 20, 32, 30), (25, 20, 20, 20, 15))
VOTES, OF_VOTES = (0, 1, 2, 4, 9), (88, 6, 3, 2, 1)
HIDDEN, TEXTS = 0.004, 1_000


def users(plan: Plan) -> Iterator[Row]:
    """Yield the accounts by their id, without passwords, as old as the shop."""
    rng = plan.stream("people")
    for number in range(1, plan.users + 1):
        role = "student" if number in plan.students else "instructor"
        yield {
            "id": number,
            "username": f"{role}-{number}",
            "name": f"{rng.choice(FIRST)} {rng.choice(LAST)}",
            "email": f"{role}-{number}@shop.example",
            "role": role,
            # Stamps begin at random elsewhere, but from one seed come the same data.
            "stamp": 1,
            "created_at": START,
        }


def wishlists(plan: Plan) -> Iterator[Row]:
    """Yield everybody's default list, which has the id of its owner, and no secret for its key."""
    for number in range(1, plan.users + 1):
        owner = {"id": number, "owner_id": number, "default_of": number}
        yield {**owner, "key": f"{number:022}", "created_at": START, "stamp": 1}


def wishes(plan: Plan, courses: Sequence[Row]) -> Iterator[Row]:
    """Yield two wishes for each course: few students wish for much, and most for what is reviewed.

    No list is longer than `courseshop.wishes_limit` of development.ini.
    """
    rng = plan.stream("wishes")
    numbers = share(2 * plan.courses, zipf(len(plan.students), offset=300))
    rng.shuffle(numbers)
    popularity = list(accumulate(1 + number for number in plan.reviews()))
    for owner, number in zip(plan.students, numbers, strict=True):
        places = distinct(rng, range(plan.courses), popularity, number)
        for position, course in enumerate((courses[place] for place in places), start=1):
            wish = {"wishlist_id": owner, "course_id": course["id"], "title": course["title"]}
            at = since(rng, course["published_at"])
            yield {**wish, "position": position, "added_at": at, "version": 1}


def reviews(plan: Plan, courses: Sequence[Row]) -> list[Row]:
    """Return all reviews, the oldest first, as they come to lie in the table of a living shop."""
    rng, texts, found = plan.stream("reviews"), pool(plan), []
    for course, number in zip(courses, plan.reviews(), strict=True):
        stars = rng.choice(OPINIONS)
        hidden = 0 if course["slug"] in SPECIAL else HIDDEN
        for author in rng.sample(plan.students, number):
            review = {"course_id": course["id"], "author_id": author, **rng.choice(texts)}
            review["created_at"] = since(rng, course["published_at"])
            review["rating"] = rng.choices(STARS, stars)[0]
            review["helpful_count"] = rng.choices(VOTES, OF_VOTES)[0]
            review["status"] = "hidden" if rng.random() < hidden else "published"
            found.append(review)
    found.sort(key=itemgetter("created_at"))
    for number, review in enumerate(found, start=1):
        review["id"] = number
    return found


def pool(plan: Plan) -> list[Row]:
    """Return the texts of which each review has one, and what is the same for all."""
    writer = Writer(plan.stream("texts"))
    texts = [writer.opinion() for _ in range(TEXTS)]
    same = {"verified": True, "stamp": 1}
    return [{"text_markdown": one, "text_html": markdown.render(one), **same} for one in texts]


def votes(plan: Plan, reviews: Sequence[Row]) -> Iterator[Row]:
    """Yield who found which review helpful: students, never its author."""
    rng = plan.stream("votes")
    for review in reviews:
        drawn = rng.sample(plan.students, review["helpful_count"] + 1)
        voters = [one for one in drawn if one != review["author_id"]]
        for voter in voters[: review["helpful_count"]]:
            at = since(rng, review["created_at"])
            yield {"review_id": review["id"], "user_id": voter, "created_at": at}
