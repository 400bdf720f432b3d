"""Permission checks of the resource tree, and lists that match them; the matrix has the roles."""

from __future__ import annotations

import pytest
from pyramid.authorization import ALL_PERMISSIONS, DENY_ALL, ACLHelper, Allow, Deny, Everyone
from scenes import Scene
from test_access_matrix import WHO, generated

from courseshop.domain.actor import GUEST, Actor
from courseshop.framework.resource import Resource
from courseshop.resources import Root
from courseshop.security import PERMISSIONS, principals

VERBS = tuple(PERMISSIONS)


@pytest.fixture(scope="module")
def scene(scratch_shop):
    return Scene.make(scratch_shop)


def pyramid_decisions(place, actor):
    """Return Pyramid's decision for each permission."""
    acl, who = ACLHelper(), principals(actor)
    return letters(bool(acl.permits(place, who, verb)) for verb in VERBS)


def tree_decisions(place, actor):
    """Return the tree's own decisions, first uncached and then cached."""
    who = principals(actor)
    return [letters(place.decides(verb, who) for verb in VERBS) for _ in range(2)]


def letters(allowed):
    return "".join(verb[0] if yes else "." for verb, yes in zip(VERBS, allowed, strict=True))


def places_on(place, path):
    """Yield the places along a path that the current user can find."""
    yield place
    for segment in path.strip("/").split("/"):
        try:
            place = place[segment]
        except KeyError:
            return
        yield place


@pytest.mark.parametrize("who", WHO)
def test_tree_permissions_match_pyramid_at_every_place_for_every_role(scene, who):
    for path in {path for _method, path in generated(scene.shop.registry)}:
        actor = scene.actor(who, path)
        url = scene.path(path, actor)
        with scene.shop.reading(actor) as request:
            for place in places_on(Root(request), url):
                assert tree_decisions(place, actor) == [pyramid_decisions(place, actor)] * 2, (
                    place.url()
                )


@pytest.mark.parametrize("who", WHO)
def test_lists_contain_exactly_the_items_that_the_acl_lets_user_view(scene, who):
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
def test_tree_permissions_match_pyramid_for_combined_acls(here, above):
    places = parent, place = Resource(None, ""), Resource(None, "child")
    place.__parent__ = parent
    parent.__acl__, place.__acl__ = ACLS[above], ACLS[here]
    for actor in (Actor(id=1), Actor(id=2), GUEST):
        for one in places:
            assert tree_decisions(one, actor) == [pyramid_decisions(one, actor)] * 2


def test_cached_permission_depends_on_principals():
    place = Resource(None, "")
    place.__acl__ = [(Allow, "instructor:1", "edit")]
    who = principals(Actor(id=1))
    assert not place.decides("edit", who)
    assert place.decides("edit", who | {"instructor:1"})
    assert not place.decides("edit", who)


def test_principals_match_whole_names_not_substrings():
    assert principals(Actor(id=1)) >= {"user:1"}
    assert "user:1" not in principals(Actor(id=15))
    assert "instructor:1" not in principals(Actor(id=1, teaches=frozenset({15})))


def test_acl_sends_no_queries(scene):
    with scene.shop.reading() as request:
        course = Root(request)["courses"]["open"]
        review = course["reviews"][str(scene.reviews["published"])]
        with scene.shop.queries() as sent:
            for place in (course, review, Root(request)["categories"]):
                pyramid_decisions(place, GUEST)
    assert sent == []
