"""Access to every page by role: each page is requested, and compared with a table.

The table is `access_matrix.txt`. It must have a row for every page, and no other rows. Each cell is
requested as HTML and as JSON.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import JSON
from scenes import Scene

from courseshop.domain.actor import OPERATOR
from courseshop.framework import traversal
from courseshop.framework.introspection import pages_of
from courseshop.schemas.token import TokenDraft
from courseshop.services import token

TABLE = Path(__file__).parent / "access_matrix.txt"
# Example paths of each path with parameters.
EXAMPLES = {
    "/courses/{slug}": ["/courses/open", "/courses/draft"],
    "/courses/{slug}/share/{network}": ["/courses/open/share/x", "/courses/draft/share/x"],
    "/courses/{slug}/reviews/{id}": [
        f"/courses/open/reviews/{state}" for state in ("shown", "held", "hidden")
    ],
    "/courses/{slug}/instructors/{username}": [
        f"/courses/open/instructors/{name}" for name in ("ann", "invited")
    ],
    "/account/invitations/{slug}": ["/account/invitations/mine", "/account/invitations/theirs"],
    "/wishlists/{key}": [
        f"/wishlists/{one}" for one in ("default", "a-shared-one", "a-private-one")
    ],
    "/wishlists/{key}/{slug}": [
        f"/wishlists/{one}/open" for one in ("default", "a-shared-one", "a-private-one")
    ],
    "/categories/{slug}": ["/categories/things"],
    "/sitemaps/{name}": ["/sitemaps/courses-1.xml"],
    "/people/{username}": ["/people/author"],
    "/account/sessions/{id}": ["/account/sessions/mine", "/account/sessions/theirs"],
    "/account/tokens/{id}": ["/account/tokens/mine", "/account/tokens/theirs"],
}


def lines():
    found = [line.split() for line in TABLE.read_text().splitlines() if not line.startswith("#")]
    return [line for line in found if line]


HEADER, *ROWS = lines()
WHO = HEADER[2:]


@pytest.fixture(scope="module")
def scene(scratch_shop):
    return Scene.make(scratch_shop)


def paths(path):
    """Return the example paths of a path with parameters, by its longest prefix in EXAMPLES."""
    for known in sorted(EXAMPLES, key=len, reverse=True):
        if path == known or path.startswith(f"{known}/"):
            return [example + path[len(known) :] for example in EXAMPLES[known]]
    assert "{" not in path, f"EXAMPLES has none for {path}"
    return [path]


def generated(registry):
    """Yield the method and path of every page, with an example for each parameter."""
    for spot in traversal.walk(registry):
        for page in pages_of(registry, spot.place):
            path = f"{spot.path}/{page.name}" if page.name else spot.path or "/"
            for example in paths(path):
                yield page.method, example


def test_table_has_a_row_for_every_page_and_no_other(scene):
    assert {tuple(row[:2]) for row in ROWS} == set(generated(scene.shop.registry))


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(row[:2]))
def test_access_to_page_matches_table(scene, row):
    method, path, *expected = row
    assert dict(zip(WHO, expected, strict=True)) == {
        who: outcome(scene, method, path, who) for who in WHO
    }


def outcome(scene, method, path, who):
    """Return yes, no (403), - (404) or login (401; browsers are sent to the login page)."""
    data, page = (ask(scene, method, path, who, accept) for accept in (JSON["Accept"], "text/html"))
    if data.status_int == 401:
        if method == "GET":
            assert page.status_int == 303
            assert "/account/login?next=" in page.location
        else:
            # An invalid form may be 401 at once; test_pending_action covers valid forms.
            assert page.status_int in {303, 401}
        return "login"
    words = {403: "no", 404: "-"}
    assert words.get(data.status_int, "yes") == words.get(page.status_int, "yes")
    assert data.status_int < 500
    assert page.status_int < 500
    assert data.status_int != 405
    return words.get(data.status_int, "yes")


def ask(scene, method, path, who, accept):
    actor = scene.actor(who, path)
    # Creates the object again if the previous request deleted it.
    answer = send(scene, method, scene.path(path, actor), actor, accept)
    scene.changed |= method != "GET" and answer.status_int < 400
    return answer


def send(scene, method, url, actor, accept):
    headers = {"Accept": accept}
    options = {"headers": headers, "extra_environ": {"test.actor": actor}, "expect_errors": True}
    if method == "GET":
        return scene.shop.app.get(url, **options)
    if method == "POST" and accept == "text/html":
        return scene.shop.app.post(url, {"nonsense": "1"}, **options)
    send_json = getattr(scene.shop.app, f"{method.lower()}_json")
    return send_json(url, {"nonsense": 1}, **options)


def test_read_only_token_gets_403_for_every_write(scene):
    admin = scene.actors["admin"]
    with scene.shop.writing() as request:
        _id, text = token.add(request.db, OPERATOR, admin.id, TokenDraft(name="x", scope="read"))
    for method, path in generated(scene.shop.registry):
        if method == "GET" or "theirs" in path or "private" in path:
            continue
        send_json = getattr(scene.shop.app, f"{method.lower()}_json")
        headers = {**JSON, "Authorization": f"Bearer {text}"}
        response = send_json(scene.path(path, admin), {}, headers=headers, expect_errors=True)
        assert response.status_int == 403, (method, path)
        assert re.search("read-only|with an API token", response.json["detail"])
