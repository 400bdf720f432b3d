"""Wishlists: the button, the lists, who sees them, and what stays of a course that went away."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import feedparser
import pytest
from browsing import Visitor, form_with, link_with, path
from helpers import Shop, write_ini
from sqlalchemy import delete, func, select, update
from writers import Writer, fault_of

from courseshop.domain.errors import Conflict
from courseshop.domain.shop import shop_of
from courseshop.models import Category, Course, Wish, Wishlist
from courseshop.schemas.category import CategoryDraft
from courseshop.services import category, doctor, wish, wishlist

pytestmark = pytest.mark.databases

DEFAULT = "/wishlists/default"
PYTHON = f"{DEFAULT}/python"


@pytest.fixture
def student(shop):
    for slug in ("python", "rust", "zig"):
        shop.add_course(slug, duration_minutes=300, price="10.50")
    return Writer(shop, "sam", "student")


def slugs(answer):
    return [item["course"]["slug"] for item in answer.json["items"]]


def test_a_wish_can_be_added_once_and_removed(shop, student):
    assert shop.json("/courses/python").json["wished"] is None
    assert student.get("/courses/python").json["wished"] is False
    made = student.ask("PUT", PYTHON)
    assert (made.status_int, made.headers["Location"]) == (201, f"http://localhost{PYTHON}")
    assert (made.json["wished"], made.json["course"]["slug"]) == (True, "python")
    assert student.ask("PUT", PYTHON).status_int == 200
    assert student.get("/courses/python").json["wished"] is True
    assert student.get("/courses/python").json["links"]["wish"] == f"http://localhost{PYTHON}"
    assert slugs(student.get(DEFAULT)) == ["python"]
    for _time in range(2):
        assert student.ask("DELETE", PYTHON).status_int == 204
    assert student.get("/courses/python").json["wished"] is False


def test_a_cached_page_shows_a_new_wish_at_once(student):
    tag = student.get("/courses/python").headers["ETag"]
    listed = student.get("/courses").headers["ETag"]
    assert student.get("/courses/python", If_None_Match=tag).status_int == 304
    student.ask("PUT", PYTHON)
    assert student.get("/courses/python", If_None_Match=tag).status_int == 200
    assert student.get("/courses", If_None_Match=listed).status_int == 200


def test_fifty_concurrent_changes_of_a_wish_leave_one_row_or_none(shop, student):
    def send(n):
        return student.ask("DELETE" if n % 2 else "PUT", PYTHON).status_int

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(send, range(50)))
    assert set(statuses) <= {200, 201, 204}
    with shop.reading() as request:
        number = request.db.scalar(select(func.count()).select_from(Wish))
    assert number == len(student.get(DEFAULT).json["items"])
    assert number in {0, 1}


def test_every_account_has_a_default_list_that_cannot_be_deleted(shop, student):
    visitor = Visitor(shop)
    visitor.register("gus")
    (only,) = visitor.json("/wishlists").json["items"]
    assert (only["default"], only["visibility"], only["name"]) == (True, "private", "")
    assert "key" in student.get(DEFAULT).json
    refused = student.ask("DELETE", DEFAULT)
    assert (refused.status_int, fault_of(refused)) == (409, ("", "default"))
    assert "empty it, but not delete it" in student.browser().get(f"{DEFAULT}/delete").text


def test_lists_can_be_created_renamed_shared_and_deleted(shop, student):
    made = student.post("/wishlists", {"name": "For <winter> ❄"})
    assert made.status_int == 201
    url = made.json["url"]
    assert made.headers["Location"] == url
    assert len(made.json["key"]) == 22
    student.ask("PUT", f"{url}/rust", {"note": "After Python."})
    renamed = student.patch(url, {"name": "Summer", "visibility": "public"})
    assert (renamed.json["name"], renamed.json["visibility"]) == ("Summer", "public")
    assert [one["name"] for one in student.get("/wishlists").json["items"]] == ["", "Summer"]
    assert shop.json("/people/sam").json["wishlists"][0]["url"] == url
    assert "Summer" in shop.get("/people/sam").text
    assert student.ask("DELETE", url).status_int == 204
    assert student.get(url).status_int == 404
    assert shop.json("/people/sam").json["wishlists"] == []


@pytest.mark.parametrize(
    ("visibility", "status"), [("private", 404), ("link", 200), ("public", 200)]
)
def test_other_users_see_a_list_by_its_link_unless_it_is_private(shop, student, visibility, status):
    url = student.post("/wishlists", {"name": "A", "visibility": visibility}).json["url"]
    student.ask("PUT", f"{url}/rust", {"note": "Soon."})
    path = url.removeprefix("http://localhost")
    others = [
        shop.json(path),
        Writer(shop, "eve", "student").get(url),
        Writer(shop, "mo", "moderator").get(url),
    ]
    assert [one.status_int for one in others] == [status] * 3
    if status == 200:
        assert others[0].json["items"][0]["note"] == "Soon."
        assert "edit" not in others[0].json["links"]
        assert Writer(shop, "ida", "student").ask("PUT", f"{url}/zig").status_int == 404
        assert Writer(shop, "ole", "student").ask("DELETE", f"{url}/rust").status_int == 403
        assert shop.request("DELETE", f"{path}/rust", Accept="application/json").status_int == 401
        assert Writer(shop, "eli", "admin").patch(url, {"name": "B"}).status_int == 403
    assert shop.json("/people/sam").json["wishlists"] == [] or visibility == "public"


def test_a_new_link_makes_the_old_one_404(shop, student):
    url = student.post("/wishlists", {"name": "A", "visibility": "link"}).json["url"]
    student.ask("PUT", f"{url}/rust")
    moved = student.patch(url, {"new_address": True}).json["url"]
    assert moved != url
    assert shop.json(url.removeprefix("http://localhost")).status_int == 404
    assert slugs(shop.json(moved.removeprefix("http://localhost"))) == ["rust"]


def test_an_unknown_key_or_course_is_404(shop, student):
    shop.add_course("draft", published=None)
    unknown = student.get(f"/wishlists/{'a' * 22}")
    for url in (
        "/wishlists/short",
        "/wishlists/" + "a" * 22 + "/python",
        f"{DEFAULT}/draft",
        f"{DEFAULT}/nothing",
        f"{DEFAULT}/UP",
    ):
        for method in ("GET", "PUT", "DELETE"):
            answer = student.ask(method, url)
            assert answer.status_int in {404, 405}, (method, url)
            if answer.status_int == 404:
                assert {**answer.json, "instance": ""} == {**unknown.json, "instance": ""}


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "name"), ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": "x" * 101}, "name"), ({"name": "a\nb"}, "name"),
     ({"name": "a", "visibility": "secret"}, "visibility"), ({"name": "a", "key": "k"}, "key")],
)  # fmt: skip
def test_an_invalid_list_is_refused_with_the_name_of_the_field(student, body, field):
    answer = student.post("/wishlists", body)
    assert (answer.status_int, fault_of(answer)[0]) == (422, field)
    assert len(student.get("/wishlists").json["items"]) == 1


def test_only_an_edit_makes_other_edits_of_a_list_stale(shop, student):
    url = student.post("/wishlists", {"name": "A"}).json["url"]
    tag = student.get(url).headers["ETag"]
    student.ask("PUT", f"{url}/rust")
    assert student.get(url, If_None_Match=tag).status_int == 200
    assert student.patch(url, {"name": "B"}, If_Match=tag).status_int == 200
    assert student.patch(url, {"name": "C"}, If_Match=tag).status_int == 412
    assert student.ask("DELETE", url, If_Match=tag).status_int == 412
    form = form_with(student.browser().get(f"{url}/edit"), "Save")
    student.patch(url, {"name": "D"})
    form["name"] = "E"
    both = form.submit(expect_errors=True)
    assert both.status_int == 412
    assert "D" in both.html.find(class_="stored").text
    assert form_with(both, "Save")["name"].value == "E"
    assert form_with(both, "Save").submit().status_int == 303
    assert student.get(url).json["name"] == "E"


def test_a_list_is_304_until_something_on_it_changes(shop, student):
    student.ask("PUT", PYTHON)
    tag = student.get(DEFAULT).headers["ETag"]
    assert student.get(DEFAULT, If_None_Match=tag).status_int == 304
    with shop.writing() as request:
        request.db.execute(update(Course).values(title="New", stamp=Course.stamp + 1))
    assert student.get(DEFAULT, If_None_Match=tag).status_int == 200


def test_wishes_have_a_note_and_an_order(student):
    for slug in ("python", "rust", "zig"):
        student.ask("PUT", f"{DEFAULT}/{slug}", {"note": f"About {slug}."})
    assert slugs(student.get(DEFAULT)) == ["python", "rust", "zig"]
    student.ask("PUT", f"{DEFAULT}/zig", {"position": 1})
    assert slugs(student.get(DEFAULT)) == ["zig", "python", "rust"]
    student.ask("PUT", f"{DEFAULT}/zig", {"position": 1_000})
    assert slugs(student.get(DEFAULT)) == ["python", "rust", "zig"]
    assert student.get(f"{DEFAULT}/zig").json["note"] == "About zig."
    assert student.ask("PUT", f"{DEFAULT}/zig", {"note": None}).json["note"] is None
    assert student.ask("PUT", f"{DEFAULT}/zig", {"position": 0}).status_int == 422
    assert student.ask("PUT", f"{DEFAULT}/zig", {"note": "x" * 1_001}).status_int == 422
    tag = student.get(f"{DEFAULT}/zig").headers["ETag"]
    assert student.ask("PUT", f"{DEFAULT}/zig", {"note": "One."}, If_Match=tag).status_int == 200
    assert student.ask("PUT", f"{DEFAULT}/zig", {"note": "Two."}, If_Match=tag).status_int == 412


def test_an_archived_course_stays_on_the_list_by_its_title_and_can_be_removed(shop, student):
    student.ask("PUT", PYTHON, {"note": "Soon."})
    student.ask("PUT", f"{DEFAULT}/rust")
    with shop.writing() as request:
        gone = {"status": "archived", "title": "Secret", "stamp": Course.stamp + 1}
        request.db.execute(update(Course).where(Course.slug == "python").values(gone))
    listed = student.get(DEFAULT).json
    assert (listed["items"][0]["course"], listed["items"][0]["title"]) == (None, "Python")
    assert listed["totals"]["price"]["amount"] == "10.50"
    page = student.browser().get(DEFAULT)
    assert "This course is no longer available." in page.html.find(id="wish-python").text
    assert "Secret" not in page.text
    assert student.ask("DELETE", PYTHON).status_int == 204
    assert student.ask("PUT", PYTHON).status_int == 404


def test_a_list_shows_the_total_price_and_duration(student):
    for slug in ("python", "rust", "zig"):
        student.ask("PUT", f"{DEFAULT}/{slug}")
    assert student.get(DEFAULT).json["totals"] == {
        "price": {"amount": "31.50", "currency": "USD"},
        "duration_minutes": 900,
        "hours_per_week": 5,
        "weeks": 3,
    }
    assert student.get(f"{DEFAULT}?hours=4").json["totals"]["weeks"] == 4
    assert student.get(f"{DEFAULT}?hours=0").status_int == 400
    assert "4 weeks" in student.browser().get(f"{DEFAULT}?hours=4").text


def row_of(page, slug):
    return page.html.find(id=f"wish-{slug}")


def test_row_shows_the_course_as_other_lists_do(shop, student):
    student.ask("PUT", PYTHON)
    row = row_of(student.browser().get(DEFAULT), "python")
    assert row.h2.a["href"] == "http://localhost/courses/python"
    assert row.find(class_="cover").svg
    assert row.find(class_="price").get_text() == "$10.50"
    assert row.find(class_="facts").get_text(" ", strip=True) == "5 h For all levels"
    assert row.find(class_="badge") is None
    assert "button-quiet" in row.find("button", string="Remove")["class"]


def test_row_shows_the_status_of_a_course_that_is_not_published(shop, student):
    mo = Writer(shop, "mo", "moderator")
    mo.ask("PUT", PYTHON)
    with shop.writing() as request:
        hidden = {"status": "draft", "stamp": Course.stamp + 1}
        request.db.execute(update(Course).where(Course.slug == "python").values(hidden))
    row = row_of(mo.browser().get(DEFAULT), "python")
    assert row.find(class_="badge").get_text() == "Draft"


NOTE = "For *long* [evenings](https://example.org/).\n\n<b>Now</b>"


@pytest.mark.parametrize("url", [DEFAULT, f"{PYTHON}/delete"])
def test_note_is_shown_as_markdown(student, url):
    student.ask("PUT", PYTHON, {"note": NOTE})
    note = student.browser().get(url).html.find(class_="note")
    assert (note.em.get_text(), note.a["href"]) == ("long", "https://example.org/")
    assert note.find("b") is None
    assert "<b>Now</b>" in note.get_text()
    assert student.get(PYTHON).json["note"] == NOTE


def test_changed_and_removed_notes_are_shown_at_once(student):
    student.ask("PUT", PYTHON, {"note": "*One*"})
    student.ask("PUT", PYTHON, {"note": "*Two*"})
    browser = student.browser()
    assert row_of(browser.get(DEFAULT), "python").em.get_text() == "Two"
    student.ask("PUT", PYTHON, {"note": None})
    assert row_of(browser.get(DEFAULT), "python").find(class_="comment") is None


def test_moved_note_stays_markdown(student):
    url = student.post("/wishlists", {"name": "Winter"}).json["url"]
    student.ask("PUT", PYTHON, {"note": "*Soon*"})
    student.post(f"{PYTHON}/move", {"to": url.rsplit("/", 1)[1]})
    assert row_of(student.browser().get(url), "python").em.get_text() == "Soon"


def test_note_that_an_older_release_stored_is_shown_as_text(shop, student):
    student.ask("PUT", PYTHON, {"note": "*Soon*"})
    with shop.writing() as request:
        request.db.execute(update(Wish).values(note_html=None))
    row = row_of(student.browser().get(DEFAULT), "python")
    assert row.find(class_="comment").p.get_text() == "*Soon*"


@pytest.mark.one_database
def test_note_with_too_much_formatting_is_refused(student):
    answer = student.ask("PUT", PYTHON, {"note": f"![{'<' * 990}](a)"})
    assert (answer.status_int, fault_of(answer)) == (422, ("note", "too_complex"))


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a shop in which an account has two lists, and a list two wishes."""
    folder = tmp_path_factory.mktemp("small")
    settings = {"courseshop.wishlists_limit": "2", "courseshop.wishes_limit": "2"}
    shop = Shop.open(write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **settings))
    shop.init()
    yield shop
    shop.close()


def test_a_refusal_names_the_limit_from_the_ini(small):
    for slug in ("python", "rust", "zig"):
        small.add_course(slug)
    student = Writer(small, "sam", "student")
    assert student.post("/wishlists", {"name": "A"}).status_int == 201
    refused = student.post("/wishlists", {"name": "B"})
    assert (refused.status_int, fault_of(refused)) == (409, ("", "too_many"))
    assert "2 wishlists" in refused.json["errors"][0]["message"]
    student.ask("PUT", PYTHON)
    student.ask("PUT", f"{DEFAULT}/rust")
    refused = student.ask("PUT", f"{DEFAULT}/zig")
    assert (refused.status_int, fault_of(refused)) == (409, ("", "too_many"))
    assert "2 courses" in refused.json["errors"][0]["message"]
    assert student.ask("PUT", PYTHON).status_int == 200


def test_a_full_list_takes_no_more_courses(shop, student):
    def put(request, slug):
        mine = wishlist.find_default(request.db, student.id)
        row = wish.find(request.db, mine.id, slug, owner=True)
        return wish.put(request.db, mine, row, wish.WishChange(), most=2)

    with shop.writing() as request:
        assert [put(request, slug) for slug in ("rust", "python", "rust")] == [True, True, False]
        with pytest.raises(Conflict):
            put(request, "zig")
    assert slugs(student.get(DEFAULT)) == ["rust", "python"]
    assert student.get(f"{DEFAULT}/zig").json["wished"] is False


def test_the_wishlist_button_works_without_javascript(student):
    browser = student.browser()
    page = browser.get("/courses/python")
    assert page.html.find(id="wish-button-python")["aria-pressed"] == "false"
    done = browser.submit(page, "Wishlist")
    assert done.location == "http://localhost/courses/python#wish-python"
    shown = done.follow()
    assert "Added to your wishlist." in shown.html.find(role="status").text
    button = shown.html.find(id="wish-button-python")
    assert (button["aria-pressed"], button.text.strip()) == ("true", "In your wishlist")
    again = browser.submit(shown, "In your wishlist").follow()
    assert again.html.find(id="wish-button-python")["aria-pressed"] == "false"


def test_notice_names_the_list_unless_it_is_the_default_one(student):
    key = student.post("/wishlists", {"name": "Été & <b>.~"}).json["key"]
    for url, name in ((DEFAULT, "your wishlist"), (f"/wishlists/{key}", "“Été & <b>.~”")):
        browser = student.browser()
        page = browser.get(f"{url}/python")
        shown = browser.submit(page, "Save to wishlist").follow()
        assert shown.html.find(role="status").text.strip() == f"Added to {name}."
        form = {**csrf_of(shown), "wish": "off"}
        shown = browser.app.post(f"{url}/python", form).follow()
        assert shown.html.find(role="status").text.strip() == f"Removed from {name}."


def csrf_of(page):
    return {"csrf_token": page.html.find(attrs={"name": "csrf_token"})["value"]}


def test_cookie_with_a_broken_notice_is_ignored(student):
    for value in ("wished-on~_", "wished-on~_w", "unknown~QQ", "~"):
        browser = student.browser()
        browser.app.set_cookie("courseshop_notice", value)
        shown = browser.get("/courses/python").html.find(id="notice")
        assert shown is None or not shown.text.strip()


def test_cards_have_the_wishlist_button_too(student):
    student.ask("PUT", PYTHON)
    cards = student.browser().get("/courses").html
    assert cards.find(id="wish-button-python")["aria-pressed"] == "true"
    assert cards.find(id="wish-button-rust")["aria-label"] == "Wishlist: Rust"


def test_a_guests_wish_is_added_after_login_or_registration(shop, student):
    shop_of(shop.registry).throttles.reset()
    for name in ("gus", "gil"):
        visitor = Visitor(shop)
        if name == "gil":
            visitor.register(name)
            visitor.fill("/account/logout", "Log out")
        asked = visitor.submit(visitor.get("/courses/python"), "Wishlist")
        assert "/account/login" in asked.location
        if name == "gil":
            done = visitor.log_in(name, url=asked.location)
        else:
            door = asked.follow()
            done = visitor.submit(
                visitor.get(door.html.find("main").find("a", string="Create an account")["href"]),
                "Create an account", username=name, name="Gus", email="gus@example.com", password="seven wet llamas sing",
            )  # fmt: skip
        while done.status_int == 303:
            done = done.follow()
        assert done.html.find(id="wish-button-python")["aria-pressed"] == "true"
        assert visitor.json("/courses/python").json["wished"] is True


def test_a_guest_has_to_log_in_to_see_wishlists(shop, student):
    for url in ("/wishlists", DEFAULT, PYTHON, f"{DEFAULT}/edit"):
        answer = shop.json(url)
        assert answer.status_int == 401
        assert answer.headers["WWW-Authenticate"]
        assert "/account/login" in shop.get(url).location
    assert shop.request("PUT", PYTHON, Accept="application/json").status_int == 401
    allowed = shop.request("OPTIONS", f"{DEFAULT}/edit").headers["Allow"]
    assert allowed == "GET, HEAD, OPTIONS, POST"


def test_the_page_of_a_list_edits_order_and_notes_and_removes_wishes(student):
    for slug in ("python", "rust"):
        student.ask("PUT", f"{DEFAULT}/{slug}")
    browser = student.browser()
    page = browser.get(DEFAULT)
    down = form_with(page, "Move Python down")
    done = down.submit("position", value="2")
    assert done.location == f"http://localhost{DEFAULT}#wish-python"
    assert slugs(student.get(DEFAULT)) == ["rust", "python"]
    saved = browser.submit(browser.get(PYTHON), "Save", note="First\r\nthings.")
    assert "First" in saved.follow().text
    assert student.get(PYTHON).json["note"] == "First\nthings."
    gone = form_with(browser.get(DEFAULT), "Remove").submit("wish", value="off")
    assert gone.location == f"http://localhost{DEFAULT}#wish-python"
    assert slugs(student.get(DEFAULT)) == ["python"]


@pytest.mark.one_database
def test_removing_wish_with_note_asks_first(student):
    student.ask("PUT", PYTHON, {"note": "Soon."})
    browser = student.browser()
    page = browser.get(f"{DEFAULT}?hours=10")
    asked = browser.get(link_with(page, "Remove"))
    assert asked.html.h1.text == "Remove “Python” from “Wishlist”?"
    assert "This also deletes your note." in asked.html.main.text
    assert "Soon." in asked.html.main.text
    assert link_with(asked, "Cancel") == f"http://localhost{DEFAULT}?hours=10#wish-python"
    assert student.get(PYTHON).json["note"] == "Soon."
    gone = browser.submit(asked, "Remove")
    assert gone.location == f"http://localhost{DEFAULT}?hours=10#wishes"
    assert gone.follow().html.find(id="wishes")["tabindex"] == "-1"
    assert student.get(PYTHON).json["wished"] is False


@pytest.mark.one_database
def test_wish_button_on_card_with_note_asks_and_returns_to_card(student):
    student.ask("PUT", PYTHON, {"note": "Soon."})
    browser = student.browser()
    page = browser.get("/courses?sort=title")
    led = form_with(page, "In your wishlist: Python").submit()
    assert (led.status_int, path(led.location).partition("?")[0]) == (303, f"{PYTHON}/delete")
    assert student.get(PYTHON).json["note"] == "Soon."
    asked = led.follow()
    card = "http://localhost/courses?sort=title#wish-python"
    assert link_with(asked, "Cancel") == card
    assert browser.submit(asked, "Remove").location == card
    assert student.get(PYTHON).json["wished"] is False


@pytest.mark.one_database
def test_note_edited_after_question_is_not_deleted(student):
    student.ask("PUT", PYTHON, {"note": "Soon."})
    browser = student.browser()
    asked = browser.get(f"{PYTHON}/delete")
    student.ask("PUT", PYTHON, {"note": "Sooner."})
    refused = browser.submit(asked, "Remove")
    assert refused.status_int == 412
    assert "Sooner." in refused.html.main.text
    assert student.get(PYTHON).json["note"] == "Sooner."


@pytest.mark.one_database
def test_wish_without_note_and_api_client_need_no_confirmation(student):
    for slug in ("python", "rust", "zig"):
        student.ask("PUT", f"{DEFAULT}/{slug}", {"note": "Soon."} if slug == "zig" else {})
    browser = student.browser()
    form = form_with(browser.get(f"{DEFAULT}?hours=10"), "Remove Rust")
    assert (
        form.submit("wish", value="off").location == f"http://localhost{DEFAULT}?hours=10#wish-zig"
    )
    assert "isn't on this wishlist" in browser.get(f"{DEFAULT}/rust/delete").html.main.text
    token = {"Authorization": f"Bearer {student.token}", "Accept": "application/json"}
    gone = student.shop.app.post(f"{DEFAULT}/zig", {"wish": "off"}, headers=token)
    assert gone.status_int == 204
    assert slugs(student.get(DEFAULT)) == ["python"]


@pytest.mark.one_database
def test_moving_wish_and_editing_note_keep_hours(student):
    for slug in ("python", "rust"):
        student.ask("PUT", f"{DEFAULT}/{slug}")
    browser = student.browser()
    there = f"http://localhost{DEFAULT}?hours=10#wish-python"
    page = browser.get(f"{DEFAULT}?hours=10")
    assert form_with(page, "Move Python down").submit("position", value="2").location == there
    note = browser.get(link_with(page, "Add note"))
    assert link_with(note, "Back to wishlist") == there
    assert browser.submit(note, "Save", note="Soon.").location == there
    assert link_with(browser.get(DEFAULT), "Edit note")


@pytest.mark.one_database
@pytest.mark.parametrize("hours", ["0", "101", "x", "1.5", ""])
def test_invalid_hours_are_reported_at_field(student, hours):
    student.ask("PUT", PYTHON)
    page = student.browser().get(f"{DEFAULT}?hours={hours}")
    assert page.status_int == 200
    field = page.html.find(id="field-hours")
    assert (field["value"], field["aria-invalid"]) == (hours, "true")
    said = page.html.find(id=field["aria-describedby"]).get_text(" ", strip=True)
    assert said == "Enter 1 to 100 hours per week."
    assert "We ignored" not in page.text
    fault = student.get(f"{DEFAULT}?hours={hours}").json["errors"][0]
    assert (fault["field"], fault["message"]) == ("hours", "Enter 1 to 100 hours per week.")


@pytest.mark.one_database
def test_refused_form_keeps_new_link_checkbox(student):
    url = student.post("/wishlists", {"name": "Winter"}).json["url"]
    form = form_with(student.browser().get(f"{url}/edit"), "Save")
    form["name"], form["new_address"] = "", True
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    assert form_with(refused, "Save")["new_address"].checked


@pytest.mark.one_database
def test_delete_page_says_what_happens_to_courses(student):
    url = student.post("/wishlists", {"name": "Winter"}).json["url"]
    browser = student.browser()
    for slugs_there, said in (
        ([], "This wishlist is empty."),
        (["python"], "There is 1 course on this wishlist. It stays in the shop;"),
        (["python", "rust"], "There are 2 courses on this wishlist. They stay in the shop;"),
    ):
        for slug in slugs_there:
            student.ask("PUT", f"{url}/{slug}")
        page = browser.get(f"{url}/delete")
        assert said in page.html.main.text
        assert link_with(page, "Cancel") == url
    assert link_with(browser.get(f"{DEFAULT}/delete"), "Back to wishlist")


def test_a_browser_can_create_rename_and_delete_a_list(shop, student):
    browser = student.browser()
    refused = browser.fill("/wishlists", "Create wishlist", name=" ")
    assert refused.status_int == 422
    page = browser.submit(refused, "Create wishlist", name="Winter", visibility="link").follow()
    assert "There are no courses on this wishlist yet." in page.text
    edit = browser.get(link_with(page, "Edit name and sharing"))
    form = form_with(edit, "Save")
    form["new_address"] = True
    moved = form.submit()
    assert moved.location != page.request.url
    shown = moved.follow()
    asked = browser.get(link_with(shown, "Delete"))
    assert "This wishlist is empty." in asked.text
    assert "Wishlist deleted." in browser.submit(asked, "Delete").follow().text


def test_adding_to_a_list_that_is_being_deleted_succeeds_or_is_404(shop, student):
    for _time in range(4):
        url = student.post("/wishlists", {"name": "A"}).json["url"]
        with ThreadPoolExecutor(4) as pool:
            puts = [
                pool.submit(student.ask, "PUT", f"{url}/{slug}")
                for slug in ("python", "rust", "zig")
            ]
            gone = pool.submit(student.ask, "DELETE", url)
        assert {one.result().status_int for one in puts} <= {201, 404}
        assert gone.result().status_int == 204
    with shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(Wishlist)) == 2


def test_a_long_list_takes_as_many_queries_as_a_short_one(shop, student):
    def cost():
        with shop.queries() as sent:
            assert student.get(DEFAULT).status_int == 200
        return len(sent)

    student.ask("PUT", PYTHON)
    student.get(DEFAULT)
    first = cost()
    for slug in ("rust", "zig"):
        student.ask("PUT", f"{DEFAULT}/{slug}")
    assert cost() == first


def test_a_wish_can_be_moved_or_copied_to_another_list_with_its_note(student):
    url = student.post("/wishlists", {"name": "Winter"}).json["url"]
    key = url.rpartition("/")[2]
    student.ask("PUT", PYTHON, {"note": "Soon."})
    copied = student.post(f"{PYTHON}/move", {"to": key, "keep": True})
    assert (copied.status_int, copied.json["note"], copied.json["wishlist"]) == (200, "Soon.", url)
    assert slugs(student.get(DEFAULT)) == slugs(student.get(url)) == ["python"]
    assert student.post(f"{PYTHON}/move", {"to": key}).status_int == 200
    assert (slugs(student.get(DEFAULT)), slugs(student.get(url))) == ([], ["python"])
    again = student.post(f"{PYTHON}/move", {"to": key})
    assert (again.status_int, fault_of(again)) == (409, ("", "no_wish"))


def test_a_wish_cannot_be_moved_to_another_users_list(shop, student):
    student.ask("PUT", PYTHON)
    theirs = Writer(shop, "eve", "student").post(
        "/wishlists", {"name": "A", "visibility": "public"}
    )
    for key in (theirs.json["key"], "a" * 22):
        answer = student.post(f"{PYTHON}/move", {"to": key})
        assert (answer.status_int, fault_of(answer)) == (409, ("to", "unknown"))
    assert student.post(f"{PYTHON}/move", {"to": "default"}).status_int == 422
    assert slugs(student.get(DEFAULT)) == ["python"]


def test_a_browser_can_choose_a_list_and_move_a_wish(student):
    url = student.post("/wishlists", {"name": "Winter"}).json["url"]
    browser = student.browser()
    page = browser.get(
        browser.get("/courses/python").html.find("a", string="Choose a wishlist")["href"]
    )
    shown = form_with(page, "Add").submit().follow()
    assert slugs(student.get(DEFAULT)) == ["python"]
    moved = browser.submit(shown, "Move here")
    assert moved.location == url
    assert "The course is now on this wishlist." in moved.follow().text
    assert (slugs(student.get(DEFAULT)), slugs(student.get(url))) == ([], ["python"])


def test_a_user_can_copy_a_shared_list(shop, student):
    url = student.post("/wishlists", {"name": "Winter", "visibility": "link"}).json["url"]
    for slug in ("zig", "python"):
        student.ask("PUT", f"{url}/{slug}", {"note": "Mine."})
    shop.add_course("gone")
    student.ask("PUT", f"{url}/gone")
    with shop.writing() as request:
        request.db.execute(update(Course).where(Course.slug == "gone").values(status="archived"))
    eve = Writer(shop, "eve", "student")
    made = eve.browser().submit(eve.browser().get(url), "Copy to my wishlists")
    copied = eve.get(made.location).json
    assert (copied["name"], copied["visibility"]) == ("Winter", "private")
    assert [one["course"]["slug"] for one in copied["items"]] == ["zig", "python"]
    assert {one["note"] for one in copied["items"]} == {None}


def test_a_guests_copy_of_a_list_is_made_after_login(shop, student):
    url = student.post("/wishlists", {"name": "Winter", "visibility": "link"}).json["url"]
    student.ask("PUT", f"{url}/zig")
    visitor = Visitor(shop)
    visitor.register("gil")
    visitor.fill("/account/logout", "Log out")
    asked = visitor.submit(visitor.get(url), "Copy to my wishlists")
    done = visitor.log_in("gil", url=asked.location)
    while done.status_int == 303:
        done = done.follow()
    assert [one["name"] for one in visitor.json("/wishlists").json["items"]] == ["", "Winter"]


def test_a_list_that_the_user_may_not_see_cannot_be_copied(shop, student):
    key = student.post("/wishlists", {"name": "Secret"}).json["key"]
    eve = Writer(shop, "eve", "student")
    for one in (key, "a" * 22):
        answer = eve.post("/wishlists", {"name": "Mine", "copy_of": one})
        assert (answer.status_int, fault_of(answer)) == (409, ("copy_of", "unknown"))
    assert len(eve.get("/wishlists").json["items"]) == 1


def test_a_private_list_has_a_feed_and_a_qr_code_only_for_its_owner(shop, student):
    made = student.post("/wishlists", {"name": "Winter & more", "visibility": "link"}).json
    path = made["url"].removeprefix("http://localhost")
    student.ask("PUT", f"{path}/rust", {"note": "<b>Now</b> or *never*"})
    student.ask("PUT", f"{path}/zig")
    parsed = feedparser.parse(shop.get(f"{path}/feed.atom").body)
    assert not parsed.bozo
    assert parsed.feed.title == "Wishlist “Winter & more” by Sam"
    assert [one.title for one in parsed.entries] == ["Zig", "Rust"]
    assert "&lt;b&gt;Now" in parsed.entries[1].content[0].value
    assert "<em>never</em>" in parsed.entries[1].content[0].value
    tag = shop.get(f"{path}/feed.atom").headers["ETag"]
    assert shop.get(f"{path}/feed.atom", If_None_Match=tag).status_int == 304
    assert shop.get(f"{path}/qr.svg").content_type == "image/svg+xml"
    box = student.browser().get(path).html.find(class_="copy-box")
    assert box.input["value"] == made["url"]
    student.patch(path, {"visibility": "private"})
    for name in ("feed.atom", "qr.svg"):
        assert shop.get(f"{path}/{name}").status_int == 404
        assert student.get(f"{path}/{name}").status_int == 200


def test_a_list_shows_a_courses_new_category_at_once(shop, student):
    student.ask("PUT", PYTHON)
    with shop.writing() as request:
        db = request.db
        category.add(db, CategoryDraft(slug="others", title="Others"))
        ids = dict(db.execute(select(Category.slug, Category.id)).all())
        db.execute(update(Category).where(Category.slug == "things").values(stamp=2))
    tag = student.get(DEFAULT).headers["ETag"]
    with shop.writing() as request:
        moved = {"category_id": ids["others"], "stamp": Course.stamp + 1}
        request.db.execute(update(Course).where(Course.slug == "python").values(moved))
    assert student.get(DEFAULT, If_None_Match=tag).status_int == 200


def test_the_default_list_is_shared_by_its_public_url(shop, student):
    student.ask("PUT", PYTHON)
    shared = student.patch(DEFAULT, {"visibility": "link"}).json["url"]
    page = student.browser().get(DEFAULT)
    assert link_with(page, "Subscribe to changes (RSS)") == f"{shared}/feed.atom"
    assert student.get(f"{DEFAULT}/feed.atom").body == student.get(f"{shared}/feed.atom").body


def test_of_concurrent_notes_with_the_same_version_one_is_stored(student):
    student.ask("PUT", PYTHON, {"note": "First."})
    tag = student.get(PYTHON).headers["ETag"]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda n: student.ask("PUT", PYTHON, {"note": f"Note {n}."}, If_Match=tag), range(6)
            )
        )
    statuses = sorted(answer.status_int for answer in answers)
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 412, 503}


def test_a_stale_note_shows_both_versions(student):
    student.ask("PUT", PYTHON, {"note": "One."})
    form = form_with(student.browser().get(PYTHON), "Save")
    student.ask("PUT", PYTHON, {"note": "Two."})
    form["note"] = "Three."
    both = form.submit(expect_errors=True)
    assert both.status_int == 412
    assert both.html.find(class_="stored").text == "Two."
    assert form_with(both, "Save")["note"].value.strip() == "Three."
    assert form_with(both, "Save").submit().status_int == 303
    assert student.get(PYTHON).json["note"] == "Three."


def test_the_default_list_is_404_until_doctor_creates_a_missing_one(shop, student):
    with shop.writing() as request:
        request.db.execute(delete(Wishlist))
    assert student.get(DEFAULT).status_int == 404
    assert student.ask("PUT", PYTHON).status_int == 404
    assert student.get("/wishlists").json["items"] == []
    with shop.writing() as request:
        for person in doctor.without_wishlist(request.db):
            wishlist.begin(request.db, person.id)
        assert doctor.without_wishlist(request.db) == []
    assert student.ask("PUT", PYTHON).status_int == 201
