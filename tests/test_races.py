"""A write notices what another request changes between its lookup and its statements."""

from __future__ import annotations

import pytest
from helpers import Shop, write_ini
from writers import Writer

from courseshop.services import doctor

pytestmark = pytest.mark.databases

NOTED = {"note": "new, and long"}


@pytest.fixture(scope="session")
def _probed(migrated_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("races")
    shop = Shop.open(write_ini(folder, migrated_database(), **{"pyramid.includes": "probes"}))
    shop.init()
    yield shop
    shop.close()


class Scene:
    """A published course by ian, its student sam with a review, and the moderator mira."""

    def __init__(self, shop):
        self.shop = shop
        self.ian, self.mira = Writer(shop, "ian"), Writer(shop, "mira", "moderator")
        self.sam, self.kim = Writer(shop, "sam", "student"), Writer(shop, "kim", "student")
        self.course = self.ian.write(title="Bread")["url"]
        assert self.mira.patch(self.course, {"status": "published"}).status_int == 200
        assert self.sam.ask("PUT", f"{self.course}/enrolment").status_int == 201
        made = self.sam.post(f"{self.course}/reviews", {"rating": 4, "text": "Good words here."})
        self.review = made.json["url"]
        self.wish = "/wishlists/default/bread"

    def meanwhile(self, who, method, url, body=None):
        """Send this request as soon as the next write has looked up its place."""

        def ask():
            answer = who.ask(method, url, body)
            assert answer.status_int in {200, 201, 204}, answer.text

        self.shop.registry["probes.between"].append(ask)

    def decide(self, decision, version, **headers):
        body = {"decision": decision, "reason": "rude", "version": version, "reports": 0}
        return self.mira.post(f"{self.review}/moderate", body, **headers)


@pytest.fixture
def scene(_probed):
    _probed.clear()
    _probed.registry["probes.between"].clear()
    return Scene(_probed)


@pytest.mark.parametrize("decision", ["approve", "hide"])
def test_decision_on_text_edited_meanwhile_gets_412(scene, decision):
    assert scene.decide("hide", 1).status_int == 200
    scene.meanwhile(scene.sam, "PATCH", scene.review, {"text": "Buy pills."})
    assert scene.decide(decision, 2).status_int == 412
    shown = scene.mira.get(scene.review).json
    assert (shown["version"], shown["text"]["markdown"]) == (3, "Buy pills.")
    assert scene.kim.get(scene.review).status_int == 404


def test_decision_cannot_undo_that_of_another_moderator(scene):
    other = Writer(scene.shop, "max", "moderator")
    body = {"decision": "hide", "reason": "rude", "version": 1, "reports": 0}
    scene.meanwhile(other, "POST", f"{scene.review}/moderate", body)
    assert scene.decide("approve", 1).status_int == 412
    assert scene.kim.get(scene.review).status_int == 404


def test_wish_is_moved_with_its_latest_note(scene):
    scene.sam.ask("PUT", scene.wish, {"note": "old"})
    other = scene.sam.post("/wishlists", {"name": "Later"}).json
    scene.meanwhile(scene.sam, "PUT", scene.wish, NOTED)
    assert scene.sam.post(f"{scene.wish}/move", {"to": other["key"]}).status_int == 200
    assert scene.sam.get(f"/wishlists/{other['key']}/bread").json["note"] == NOTED["note"]


def test_wish_deleted_meanwhile_is_not_moved(scene):
    scene.sam.ask("PUT", scene.wish, {"note": "old"})
    other = scene.sam.post("/wishlists", {"name": "Later"}).json
    scene.meanwhile(scene.sam, "DELETE", scene.wish)
    assert scene.sam.post(f"{scene.wish}/move", {"to": other["key"]}).status_int == 409
    assert scene.sam.get(f"/wishlists/{other['key']}").json["items"] == []


@pytest.mark.parametrize(
    ("method", "body", "meanwhile", "left"),
    [
        ("DELETE", None, ("PUT", NOTED), NOTED["note"]),
        ("PUT", {"position": 1}, ("DELETE", None), None),
    ],
)
def test_wish_changed_meanwhile_gets_412_by_etag(scene, method, body, meanwhile, left):
    scene.sam.ask("PUT", scene.wish, {"note": "old"})
    tag = scene.sam.get(scene.wish).headers["ETag"]
    scene.meanwhile(scene.sam, meanwhile[0], scene.wish, meanwhile[1])
    assert scene.sam.ask(method, scene.wish, body, If_Match=tag).status_int == 412
    assert scene.sam.get(scene.wish).json["note"] == left


def test_recreated_wish_does_not_match_old_etag(scene):
    scene.sam.ask("PUT", scene.wish, {"note": "old"})
    tag = scene.sam.get(scene.wish).headers["ETag"]
    scene.sam.ask("DELETE", scene.wish)
    scene.sam.ask("PUT", scene.wish, {"note": "another"})
    assert scene.sam.ask("PUT", scene.wish, NOTED, If_Match=tag).status_int == 412


@pytest.mark.parametrize(
    ("method", "body", "status"),
    [("DELETE", None, 404), ("PATCH", {"price": {"amount": "9.00", "currency": "USD"}}, 409)],
)
def test_enrolling_fails_if_course_was_archived_or_priced_meanwhile(scene, method, body, status):
    scene.meanwhile(scene.ian, method, scene.course, body)
    assert scene.kim.ask("PUT", f"{scene.course}/enrolment").status_int == status
    assert scene.ian.get(scene.course).json["enrolled_count"] == 1


def test_recreated_reply_has_higher_version(scene):
    reply, seen = f"{scene.review}/reply", {}

    def put_and_delete():
        seen["version"] = scene.ian.ask("PUT", reply, {"text": "First."}).json["version"]
        assert scene.ian.ask("DELETE", reply).status_int == 204

    scene.shop.registry["probes.between"].append(put_and_delete)
    second = scene.ian.ask("PUT", reply, {"text": "Second."})
    assert (second.status_int, second.json["version"] > seen["version"]) == (201, True)


@pytest.mark.parametrize(
    ("who", "method", "url", "body", "meanwhile", "status"),
    [
        ("sam", "PATCH", "{review}", {"rating": 4}, ("sam", "DELETE", "{review}", None), 404),
        ("ian", "PATCH", "{course}", {}, ("ian", "PATCH", "{course}", {"slug": "rye"}), 308),
        (
            *("ian", "POST", "{course}/status", {"status": "published"}),
            *(("ian", "PATCH", "{course}", {"slug": "rye"}), 308),
        ),
        ("sam", "PUT", "{wish}", {}, ("ian", "PATCH", "{course}", {"slug": "rye"}), 404),
    ],
)
def test_write_reports_row_deleted_or_renamed_meanwhile(
    scene, who, method, url, body, meanwhile, status
):
    other, *asked = meanwhile
    asked = [one.format(**vars(scene)) if isinstance(one, str) else one for one in asked]
    scene.meanwhile(getattr(scene, other), *asked)
    answer = getattr(scene, who).ask(method, url.format(**vars(scene)), body)
    assert answer.status_int == status


def test_patch_of_list_deleted_meanwhile_gets_404(scene):
    made = scene.sam.post("/wishlists", {"name": "Later"}).json["url"]
    scene.meanwhile(scene.sam, "DELETE", made)
    assert scene.sam.patch(made, {"name": "Later"}).status_int == 404


def test_same_reply_to_review_deleted_meanwhile_gets_404(scene):
    reply, text = f"{scene.review}/reply", {"text": "Thanks."}
    assert scene.ian.ask("PUT", reply, text).status_int == 201
    scene.meanwhile(scene.sam, "DELETE", scene.review)
    assert scene.ian.ask("PUT", reply, text).status_int == 404


def test_review_replacing_deleted_one_is_counted_correctly(scene):
    """SQLite reuses the id, and the version starts at 1 again."""

    def write_another():
        assert scene.sam.ask("DELETE", scene.review).status_int == 204
        made = scene.sam.post(f"{scene.course}/reviews", {"rating": 2, "text": "Other words."})
        assert made.status_int == 201

    scene.shop.registry["probes.between"].append(write_another)
    assert scene.sam.ask("DELETE", scene.review).status_int in {204, 404}
    with scene.shop.reading() as request:
        assert doctor.wrong_counters(request.db) == []
