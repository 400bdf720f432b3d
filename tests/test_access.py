"""Who may do what where: a table that people can read, and lists that agree with it."""

from __future__ import annotations

import pytest
from pyramid.authorization import ALL_PERMISSIONS, DENY_ALL, ACLHelper, Allow, Deny, Everyone
from scenes import Scene

from courseshop import traversal
from courseshop.actor import GUEST, Actor
from courseshop.resources import Root
from courseshop.security import PERMISSIONS, principals
from courseshop.traversal import Resource

VERBS = tuple(PERMISSIONS)
# One letter for each verb of PERMISSIONS: view, add, edit, delete, moderate; a dot is a no.
# "teacher" and "author" are an instructor of that course and the author of that review.
TABLE = """
place                        guest  student instructor teacher author moderator admin
/                            v....  v....   v....      v....   v....  v....     vaedm
/courses                     v....  v....   va...      va...   v....  v....     vaedm
/courses/open                v....  v....   v....      v.ed.   v....  v.edm     vaedm
/courses/draft               -      -       -          v.ed.   -      v.edm     vaedm
/courses/submitted           -      -       -          v.ed.   -      v.edm     vaedm
/courses/archived            -      -       -          v.ed.   -      v.edm     vaedm
/courses/open/enrolment       v....  va.d.  va.d.      vaed.   va.d.  vaedm     vaedm
/courses/open/instructors     v....  v....   v....      v.ed.   v....  v.edm     vaedm
/courses/open/instructors/ann v....  v....   v....      v.e..   v....  v.edm     vaedm
/courses/open/instructors/invited v....  v....   v....  v.ed.   v....  v.edm     vaedm
/courses/open/share          v....  v....   v....      v.ed.   v....  v.edm     vaedm
/courses/open/share/x        v....  v....   v....      v.ed.   v....  v.edm     vaedm
/courses/open/reviews        v....  va...   va...      vaed.   va...  vaedm     vaedm
/courses/draft/reviews       -      -       -          vaed.   -      vaedm     vaedm
/courses/open/reviews/shown  v....  v....   v....      v....   v.ed.  v...m     v...m
/courses/open/reviews/shown/helpful v.... va.d. va.d.      va.d.   vaed.  va.dm     va.dm
/courses/open/reviews/shown/reply   v.... v.... v....      va.d.   v.e..  v..dm     v..dm
/courses/open/reviews/shown/reports v.... va... va...      va...   vaed.  va..m     va..m
/courses/open/reviews/held   -      -       -          -       v.ed.  v...m     v...m
/courses/open/reviews/hidden -      -       -          -       v.ed.  v...m     v...m
/categories                  v....  v....   v....      v....   v....  v....     vaedm
/categories/things           v....  v....   v....      v....   v....  v....     vaedm
/sitemaps                    v....  v....   v....      v....   v....  v....     vaedm
/sitemaps/courses-1.xml      v....  v....   v....      v....   v....  v....     vaedm
/people                      v....  v....   v....      v....   v....  v....     vaedm
/people/author               v....  v....   v....      v....   v....  v....     vaedm
/moderation                  .....  .....   .....      .....   .....  v.edm     vaedm
/audit                       .....  .....   .....      .....   .....  .....     vaedm
/wishlists                   .....  va...   va...      va...   va...  va...     va...
/wishlists/default           .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/wishlists/default/open      .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/wishlists/a-shared-one      v....  v....   v....      v....   v....  v....     v....
/wishlists/a-shared-one/open v....  v....   v....      v....   v....  v....     v....
/wishlists/a-private-one     -      -       -          -       -      -         -
/account                     .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/login               va...  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/logout              va...  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/register            va...  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/reset               va...  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/confirm             va...  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/password            .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/sessions            .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/sessions/mine       .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/sessions/theirs     .....  -       -          -       -      -         -
/account/tokens              .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/tokens/mine         .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/tokens/theirs       .....  -       -          -       -      -         -
/account/invitations         .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/invitations/mine    .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
/account/invitations/theirs  .....  -       -          -       -      -         -
/account/audit               .....  vaed.   vaed.      vaed.   vaed.  vaed.     vaed.
"""
HEADER, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CASES = [
    (row[0], actor, expected)
    for row in ROWS
    for actor, expected in zip(HEADER[1:], row[1:], strict=True)
]


@pytest.fixture(scope="module")
def scene(_scratch):
    return Scene.make(_scratch)


def decide(place, actor):
    """Return what Pyramid says of each verb."""
    acl, who = ACLHelper(), principals(actor)
    return letters(bool(acl.permits(place, who, verb)) for verb in VERBS)


def told(place, actor):
    """Return what the tree says by itself, the first time and when it knows."""
    who = principals(actor)
    return [letters(place.decides(verb, who) for verb in VERBS) for _ in range(2)]


def letters(allowed):
    return "".join(verb[0] if yes else "." for verb, yes in zip(VERBS, allowed, strict=True))


@pytest.mark.parametrize(("path", "who", "expected"), CASES)
def test_the_decision_table(scene, path, who, expected):
    actor = scene.actor(who, path)
    with scene.shop.reading(actor) as request:
        try:
            place = traverse(request, scene.path(path, actor))
        except KeyError:
            assert expected == "-"
        else:
            assert decide(place, actor) == expected
            assert told(place, actor) == [expected] * 2


def traverse(request, path):
    place = Root(request)
    for segment in filter(None, path.split("/")):
        place = place[segment]
    return place


def test_the_table_has_a_row_for_every_kind_of_place(scene):
    held = set()
    for row in ROWS:
        path, admin = row[0], scene.actors["admin"]
        if "theirs" not in path and "private" not in path:
            with scene.shop.reading(admin) as request:
                held.add(type(traverse(request, scene.path(path, admin))))
    assert held == {spot.place for spot in traversal.walk(scene.shop.registry, Root, "courseshop")}


@pytest.mark.parametrize("who", HEADER[1:])
def test_a_list_holds_exactly_what_the_acl_lets_one_view(scene, who):
    shop, courses, reviews = scene.shop, scene.courses, scene.reviews
    actor = scene.actors[who]
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


ACLS = {
    "none": (),
    "a verb": ((Allow, Everyone, "view"),),
    "a longer verb": ((Allow, Everyone, "preview"),),
    "verbs": [(Allow, "user:2", "view"), (Allow, "user:1", ("view", "edit"))],
    "a set of verbs": [(Deny, "user:1", {"view"}), (Allow, Everyone, ALL_PERMISSIONS)],
    "all": [(Allow, Everyone, ALL_PERMISSIONS)],
    "none at all": [DENY_ALL],
    "a function": lambda: [(Allow, "user:1", "view"), (Deny, "user:1", "edit")],
}


@pytest.mark.parametrize("above", ACLS)
@pytest.mark.parametrize("here", ACLS)
def test_the_tree_decides_like_pyramid(here, above):
    places = parent, place = Resource(None, ""), Resource(None, "child")
    place.__parent__ = parent
    parent.__acl__, place.__acl__ = ACLS[above], ACLS[here]
    for actor in (Actor(id=1), Actor(id=2), GUEST):
        for one in places:
            assert told(one, actor) == [decide(one, actor)] * 2


def test_a_verdict_holds_for_those_who_asked():
    place = Resource(None, "")
    place.__acl__ = [(Allow, "instructor:1", "edit")]
    who = principals(Actor(id=1))
    assert not place.decides("edit", who)
    assert place.decides("edit", who | {"instructor:1"})
    assert not place.decides("edit", who)


def test_principals_are_a_set_and_never_a_substring():
    assert principals(Actor(id=1)) >= {"user:1"}
    assert "user:1" not in principals(Actor(id=15))
    assert "instructor:1" not in principals(Actor(id=1, teaches=frozenset({15})))


def test_an_acl_never_queries(scene):
    with scene.shop.reading() as request:
        course = Root(request)["courses"]["open"]
        review = course["reviews"][str(scene.reviews["published"])]
        with scene.shop.queries() as sent:
            for place in (course, review, Root(request)["categories"]):
                decide(place, GUEST)
    assert sent == []
