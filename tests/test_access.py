"""Who may do what where: a table that people can read, and lists that agree with it."""

from __future__ import annotations

import pytest
from pyramid.authorization import ACLHelper
from sqlalchemy import update

from courseshop import traversal
from courseshop.actor import GUEST, Actor
from courseshop.models import Review
from courseshop.resources import Root
from courseshop.security import PERMISSIONS, principals

VERBS = tuple(PERMISSIONS)
# One letter for each verb of PERMISSIONS: view, add, edit, delete, moderate; a dot is a no.
# "teacher" and "author" are an instructor of that course and the author of that review.
TABLE = """
place                        guest  student instructor teacher author moderator admin
/                            v....  v....   v....      v....   v....  v....     vaedm
/courses                     v....  v....   v....      v....   v....  v....     vaedm
/courses/open                v....  v....   v....      v.ed.   v....  v.edm     vaedm
/courses/draft               -      -       -          v.ed.   -      v.edm     vaedm
/courses/submitted           -      -       -          v.ed.   -      v.edm     vaedm
/courses/archived            -      -       -          v.ed.   -      v.edm     vaedm
/courses/open/reviews        v....  v....   v....      v.ed.   v....  v.edm     vaedm
/courses/draft/reviews       -      -       -          v.ed.   -      v.edm     vaedm
/courses/open/reviews/shown  v....  v....   v....      v....   v.ed.  v.edm     vaedm
/courses/open/reviews/held   -      -       -          -       v.ed.  v.edm     vaedm
/courses/open/reviews/hidden -      -       -          -       v.ed.  v.edm     vaedm
/categories                  v....  v....   v....      v....   v....  v....     vaedm
/categories/things           v....  v....   v....      v....   v....  v....     vaedm
/people                      v....  v....   v....      v....   v....  v....     vaedm
/people/author               v....  v....   v....      v....   v.e..  v....     vaedm
/account                     v....  v....   v....      v....   v....  v....     vaedm
"""
HEADER, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [
    (row[0], actor, expected)
    for row in ROWS
    for actor, expected in zip(HEADER[1:], row[1:], strict=True)
]


@pytest.fixture(scope="module")
def scene(_scratch):
    """Return a shop with courses and reviews of every status, and its actors by name."""
    shop = _scratch
    shop.clear()
    courses = {
        status: shop.add_course(status, published=None)
        for status in ("draft", "submitted", "archived")
    }
    courses["open"] = shop.add_course("open")
    set_status(shop, courses)
    actors = {name: shop.add_person(name, role) for name, role in (
        ("student", "student"), ("instructor", "instructor"), ("author", "student"),
        ("author-2", "student"), ("author-3", "student"), ("moderator", "moderator"), ("admin", "admin"),
    )}  # fmt: skip
    teaches = frozenset(courses.values())
    actors["guest"], actors["teacher"] = GUEST, Actor(999, "teacher", "instructor", teaches)
    reviews = {
        status: shop.add_review(courses["open"], actors[author], 4)
        for status, author in (
            ("published", "author"),
            ("pending", "author-2"),
            ("hidden", "author-3"),
        )
    }
    with shop.writing() as request:
        for status, review_id in reviews.items():
            # All by one author, as far as the ACL is concerned; the constraint is of the courses.
            request.db.execute(update(Review).where(Review.id == review_id).values(status=status))
    return shop, actors, courses, reviews


def set_status(shop, courses):
    from courseshop.models import Course

    with shop.writing() as request:
        for status in ("submitted", "archived"):
            request.db.execute(
                update(Course).where(Course.id == courses[status]).values(status=status)
            )


def decide(place, actor):
    acl = ACLHelper()
    allowed = [bool(acl.permits(place, principals(actor), verb)) for verb in VERBS]
    return "".join(verb[0] if yes else "." for verb, yes in zip(VERBS, allowed, strict=True))


@pytest.mark.parametrize(("path", "who", "expected"), CASES)
def test_the_decision_table(scene, path, who, expected):
    shop, actors, _courses, reviews = scene
    actor = actors[who]
    last = path.rpartition("/")[2]
    if last in AUTHORS and who == "author":
        actor = actors[AUTHORS[last]]
    with shop.reading(actor) as request:
        try:
            place = reach(request, path, reviews)
        except KeyError:
            assert expected == "-"
        else:
            assert decide(place, actor) == expected


AUTHORS = {"shown": "author", "held": "author-2", "hidden": "author-3"}
STATUSES = {"shown": "published", "held": "pending", "hidden": "hidden"}


def reach(request, path, reviews):
    """Return the place at a path of the table, where reviews stand by what became of them."""
    place = Root(request)
    for segment in filter(None, path.split("/")):
        place = place[str(reviews[STATUSES[segment]]) if segment in STATUSES else segment]
    return place


def test_the_table_has_a_row_for_every_kind_of_place(scene):
    shop, actors, _courses, reviews = scene
    with shop.reading(actors["admin"]) as request:
        held = {type(reach(request, row[0], reviews)) for row in ROWS}
    assert held == {spot.place for spot in traversal.walk(shop.registry, Root, "courseshop")}


@pytest.mark.parametrize("who", HEADER[1:])
def test_a_list_holds_exactly_what_the_acl_lets_one_view(scene, who):
    shop, actors, courses, reviews = scene
    actor = actors[who]
    listed = {item["slug"] for item in shop.json("/courses", actor).json["items"]}
    assert listed == {
        slug for slug in courses if shop.json(f"/courses/{slug}", actor).status_int == 200
    }
    by_category = {item["slug"] for item in shop.json("/categories/things", actor).json["items"]}
    assert by_category == listed
    ids = {item["id"] for item in shop.json("/courses/open/reviews", actor).json["items"]}
    assert ids == {
        number for number in reviews.values()
        if shop.json(f"/courses/open/reviews/{number}", actor).status_int == 200
    }  # fmt: skip


def test_principals_are_a_set_and_never_a_substring():
    assert principals(Actor(id=1)) >= {"user:1"}
    assert "user:1" not in principals(Actor(id=15))
    assert "instructor:1" not in principals(Actor(id=1, teaches=frozenset({15})))


def test_an_acl_never_queries(scene):
    shop, *_ = scene
    with shop.reading() as request:
        course = Root(request)["courses"]["open"]
        review = course["reviews"][str(scene[3]["published"])]
        with shop.queries() as sent:
            for place in (course, review, Root(request)["categories"]):
                decide(place, GUEST)
    assert sent == []
