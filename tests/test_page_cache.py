"""What a guest was sent is sent again as long as it is true, and to nobody whom it is not for."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO

import pytest
from helpers import JSON, Shop, bare, figures
from pyramid.response import Response
from sqlalchemy import delete, update
from test_shared_caches import ANOTHER_GUEST
from writers import REVIEWS, URL, WORDS, Writer, enrolled

from courseshop.framework.page_cache import CachedPage, PageCache, is_cacheable, size
from courseshop.models import Course
from courseshop.resources import Course as CoursePlace
from courseshop.scripts.relate import relate_all
from courseshop.services import category, instructor, user

FORMS = ("text/html", "application/json")
# The course and what goes with it.
OF_THE_KEY = 2
# What is asked for again after these is sent again without a look (`unchanged`).
LONG_WAYS = 2
# Others of this key find it as long as it is there.
ONE = CachedPage(b"x" * 1_000)


@pytest.mark.parametrize("accept", FORMS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_guest_gets_the_same_again_for_the_queries_of_its_key(
    shop, teacher, uncached_shop, accept, method
):
    first = shop.request(method, URL, Accept=accept)
    with shop.queries() as sent:
        again, head = (shop.request(one, URL, Accept=accept) for one in ("GET", "HEAD"))
    assert len(sent) == 2 * OF_THE_KEY
    assert again.body == uncached_shop.get(URL, Accept=accept).body
    assert again.content_length == len(again.body) > 0
    assert head.body == b""
    assert bare(head)[:2] == bare(again)[:2] == bare(first)[:2]
    with shop.queries() as sent:
        assert shop.get(URL, If_None_Match=first.headers["ETag"], Accept=accept).status_int == 304
    assert len(sent) == OF_THE_KEY


@pytest.mark.parametrize("accept", FORMS)
def test_so_does_a_guest_who_reads_a_review(shop, teacher, student, uncached_shop, accept):
    url = (
        student.post(REVIEWS, {"rating": 5, "text": "Good."})
        .json["url"]
        .removeprefix("http://localhost")
    )
    first = shop.get(url, Accept=accept)
    hits = figures(shop)["hits"]
    assert bare(shop.get(url, Accept=accept)) == bare(first)
    assert figures(shop)["hits"] == hits + 1
    student.patch(url, {"text": "Better."})
    assert b"Better." in shop.get(url, Accept=accept).body


@dataclass
class Town:
    """The course at URL with a review and another course beside it, and who changes them."""

    shop: Shop
    teacher: Writer
    student: Writer
    tom: Writer
    boss: Writer
    review: str

    def rename(self, who):
        with self.shop.writing() as request:
            user.rename(request.db, user.find(request.db, who).id, "Zoe New")

    def rename_category(self, slug):
        with self.shop.writing() as request:
            category.rename(request.db, category.find(request.db, slug), "Stuff")

    def give(self, *usernames):
        with self.shop.writing() as request:
            db = request.db
            course_id = db.query(Course.id).filter_by(slug="backend-with-python").scalar()
            instructor.set_all(db, course_id, instructor.ids_of(db, list(usernames)))

    def relate(self):
        self.shop.add_course("three", tags=["web"])
        relate_all(self.shop.registry)


@pytest.fixture
def town(shop, teacher, student, second_process):
    """Return the town, in which all is written by another process than the one that is read."""
    assert teacher.patch(URL, {"tags": ["web"]}).status_int == 200
    shop.add_course("two", tags=["web"], category="others")
    relate_all(shop.registry)
    review = student.post(REVIEWS, {"rating": 5, "text": "Good."}).json["url"]
    tom, boss = enrolled(shop, "tom"), Writer(shop, "boss", "moderator")
    for one in (teacher, student, tom, boss):
        one.shop = second_process
    return Town(second_process, teacher, student, tom, boss, review)


HIDE = {"decision": "hide", "reason": "It is rude."}
CHANGES = {
    "course edited": lambda town: town.teacher.patch(URL, {"title": "Other"}),
    "price": lambda town: town.teacher.patch(URL, {"price": {"amount": "5"}}),
    "review written": lambda town: town.tom.post(REVIEWS, {"rating": 1, "text": "Bad."}),
    "review edited": lambda town: town.student.patch(town.review, {"text": "Better."}),
    "review rated anew": lambda town: town.student.patch(town.review, {"rating": 4}),
    "review hidden": lambda town: town.boss.post(f"{town.review}/moderate", HIDE),
    "review deleted": lambda town: town.student.ask("DELETE", town.review),
    "reply": lambda town: town.teacher.ask("PUT", f"{town.review}/reply", {"text": "Thanks."}),
    "vote": lambda town: town.tom.ask("PUT", f"{town.review}/helpful"),
    "category renamed": lambda town: town.rename_category("things"),
    "instructor renamed": lambda town: town.rename("ann"),
    "reviewer renamed": lambda town: town.rename("sam"),
    "instructor joined": lambda town: town.give("ann", "boss"),
    "instructor left": lambda town: town.give("boss"),
    "related anew": Town.relate,
    "related edited": lambda town: town.boss.patch("/courses/two", {"title": "Other"}),
    "related archived": lambda town: town.boss.patch("/courses/two", {"status": "archived"}),
    "related rated": lambda town: (
        town.tom.ask("PUT", "/courses/two/enrolment")
        and town.tom.post("/courses/two/reviews", {"rating": 5})
    ),
    "related category renamed": lambda town: town.rename_category("others"),
    "enrolled": lambda town: Writer(town.shop, "tim", "student").ask("PUT", f"{URL}/enrolment"),
    "left": lambda town: town.tom.ask("DELETE", f"{URL}/enrolment"),
}


def make(town, change):
    answer = change(town)
    assert answer is None or answer.status_int < 300, answer.text


@pytest.mark.parametrize("change", CHANGES)
def test_a_guest_sees_at_once_what_another_process_has_changed(shop, town, uncached_shop, change):
    readers = (shop, town.shop)
    for _time in range(LONG_WAYS):
        before = {accept: [one.get(URL, Accept=accept).body for one in readers] for accept in FORMS}
    hits = figures(shop)["hits"]
    assert shop.get(URL).body == before["text/html"][0]
    assert figures(shop)["hits"] == hits + 1
    make(town, CHANGES[change])
    for accept in FORMS:
        now = uncached_shop.get(URL, Accept=accept).body
        for one in readers:
            assert one.get(URL, Accept=accept).body == now
    # A program is not shown the reviews, nor a browser the category of what goes with a course.
    assert any(uncached_shop.get(URL, Accept=accept).body not in before[accept] for accept in FORMS)


LIST, WISH = "/wishlists/default", "/wishlists/default/backend-with-python"
CHANGES_OF_A_WISH = {
    "wish edited": lambda town: town.student.ask("PUT", WISH, {"note": "Soon."}),
    "wish taken away": lambda town: town.student.ask("DELETE", WISH),
    "course edited": lambda town: town.teacher.patch(URL, {"title": "Other"}),
    "course archived": lambda town: town.boss.patch(URL, {"status": "archived"}),
    "category renamed": lambda town: town.rename_category("things"),
}


@pytest.mark.parametrize("change", CHANGES_OF_A_WISH)
def test_a_wish_on_a_list_that_is_shared_is_as_new(shop, town, uncached_shop, change):
    town.student.ask("PUT", WISH, {"note": "Later."})
    shared = town.student.patch(LIST, {"visibility": "link"}).json["url"]
    url = f"{shared}/backend-with-python".removeprefix("http://localhost")
    for _time in range(LONG_WAYS):
        before = {accept: shop.get(url, Accept=accept).body for accept in FORMS}
    hits = figures(shop)["hits"]
    assert before == {accept: shop.get(url, Accept=accept).body for accept in FORMS}
    assert figures(shop)["hits"] == hits + len(FORMS)
    make(town, CHANGES_OF_A_WISH[change])
    assert before != {accept: uncached_shop.get(url, Accept=accept).body for accept in FORMS}
    for accept in FORMS:
        assert shop.get(url, Accept=accept).body == uncached_shop.get(url, Accept=accept).body
    town.student.patch(LIST, {"visibility": "private"})
    assert {shop.get(url, Accept=accept).status_int for accept in FORMS} == {404}


def test_a_share_changes_nothing_that_a_guest_sees(shop, town, uncached_shop):
    shop.get(URL)
    assert town.shop.get(f"{URL}/share/x").status_int == 303
    assert shop.get(URL).body == uncached_shop.get(URL).body


@pytest.mark.databases
def test_what_a_member_sees_of_the_parts_for_everybody_is_as_new(shop, town):
    shop.get(URL), town.tom.get(URL, Accept="text/html")
    town.boss.patch("/courses/two", {"title": "Another Title"})
    town.tom.shop = shop
    assert "Another Title" in town.tom.get(URL, Accept="text/html").text


@pytest.mark.databases
def test_a_review_that_was_taken_back_and_comes_again_is_shown_again(shop, town, uncached_shop):
    shop.get(URL)
    town.student.ask("DELETE", town.review)
    assert "Good." not in shop.get(URL)
    assert town.student.ask("POST", f"{REVIEWS}/undo").status_int == 204
    assert shop.get(URL).body == uncached_shop.get(URL).body
    assert "Good." in shop.get(URL)


@pytest.mark.databases
@pytest.mark.parametrize("accept", FORMS)
def test_a_course_that_is_made_anew_in_place_of_another_is_not_taken_for_it(shop, accept):
    old = shop.add_course("again", title="The Old One")
    assert b"The Old One" in shop.get("/courses/again", Accept=accept).body
    with shop.writing() as request:
        request.db.execute(delete(Course).where(Course.id == old))
    assert shop.get("/courses/again", Accept=accept).status_int == 404
    shop.add_course("again", title="The New One")
    assert b"The New One" in shop.get("/courses/again", Accept=accept).body


@pytest.mark.databases
def test_a_course_that_is_called_otherwise_is_found_under_its_new_name(shop, teacher):
    shop.get(URL)
    assert teacher.patch(URL, {"slug": "new-name"}).status_int == 200
    moved = shop.get(URL)
    assert (moved.status_int, moved.location) == (308, "http://localhost/courses/new-name")
    assert shop.get("/courses/new-name").html.h1.text == WORDS["title"]


@pytest.mark.parametrize("accept", FORMS)
def test_who_is_logged_in_gets_no_guests_page_and_leaves_none_for_guests(
    shop, teacher, student, accept, backend
):
    before = figures(shop)
    mine = [who.get(URL, Accept=accept).body for who in (teacher, student)]
    assert figures(shop)["kept"] == before["kept"]
    guest = shop.get(URL, Accept=accept)
    # The page, and that it was asked for.
    assert figures(shop)["kept"] - before["kept"] == (1 if backend == "mariadb" else 2)
    again = [who.get(URL, Accept=accept).body for who in (teacher, student)]
    assert again == mine
    assert len({guest.body, *mine}) == 3
    assert figures(shop)["hits"] == before["hits"]
    assert bare(shop.get(URL, Accept=accept)) == bare(guest)
    assert figures(shop)["hits"] == before["hits"] + 1


@pytest.mark.parametrize("accept", FORMS)
def test_a_draft_is_404_for_a_guest_though_its_instructor_has_just_seen_it(shop, teacher, accept):
    teacher.write(title="Secret")
    assert teacher.get("/courses/secret", Accept=accept).status_int == 200
    assert shop.get("/courses/secret", Accept=accept).status_int == 404
    assert teacher.get("/courses/secret", Accept=accept).status_int == 200
    assert shop.get(URL, Accept=accept).status_int == 200
    with shop.writing() as request:
        # Behind the shop's back: not even a stamp moves.
        request.db.execute(update(Course).values(status="draft"))
    assert shop.get(URL, Accept=accept).status_int == 404


def test_a_page_with_a_notice_is_not_kept(shop, teacher):
    before = figures(shop)
    noted = shop.get(URL, Cookie="courseshop_notice=logged-out")
    assert noted.html.find(class_="notice-line")
    assert figures(shop)["kept"] == before["kept"]
    assert shop.get(URL).html.find(class_="notice-line") is None
    assert shop.get(URL, Cookie="courseshop_notice=logged-out").html.find(class_="notice-line")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({}, True), ({"status": 206}, False), ({"status": 404}, False), ({"headers": {"Set-Cookie": "a=b"}}, False),
     ({"headers": {"Cache-Control": "no-store"}}, False), ({"headers": {"Cache-Control": "private, no-store"}}, False)],
)  # fmt: skip
def test_only_what_is_for_all_guests_may_be_kept(facts, expected):
    response = Response(status=facts.get("status", 200))
    response.headers.update(facts.get("headers", {}))
    assert is_cacheable(response) is expected


@pytest.mark.slow
def test_each_language_and_each_host_has_its_own(shop, teacher, open_second_process):
    polyglot = open_second_process(**{"courseshop.locales": "en de"})
    for _time in range(2):
        for language in ("en", "de"):
            page = polyglot.get(URL, Accept_Language=language)
            assert page.html.html["lang"] == language
        for host in ("one.example", "two.example"):
            page = polyglot.get(URL, Host=host)
            assert f"http://{host}{URL}" in page
            assert page.text.count(".example") == page.text.count(host)


def counting():
    """Return the view of a panel that shows, and knows, how often it was made."""

    def panel(_place, _request):
        panel.made += 1
        return {"made": panel.made}

    panel.made = 0
    return panel


@pytest.mark.slow
def test_a_page_with_a_panel_without_a_key_is_not_kept(teacher, open_second_process):
    panel = counting()
    plugged = open_second_process(
        lambda config: config.add_panel("main", panel, CoursePlace, "string")
    )
    pages = [plugged.get(URL).body for _time in range(3)]
    assert (panel.made, len(set(pages))) == (3, 3)
    assert figures(plugged)["hits"] == figures(plugged)["kept"] == 0


@pytest.mark.slow
def test_a_panel_that_is_shared_is_made_once_for_everybody_until_its_key_changes(
    teacher, student, open_second_process
):
    panel, facts = counting(), ["one"]
    plugged = open_second_process(
        lambda config: config.add_panel(
            "main", panel, CoursePlace, "string", key=lambda *_: facts[0], shared=True
        )
    )
    for who in (teacher, student):
        who.shop = plugged
    for made, fact in enumerate(("one", "two"), 1):
        facts[0] = fact
        pages = [
            plugged.get(URL),
            *(who.get(URL, Accept="text/html") for who in (teacher, student)),
        ]
        assert panel.made == made
        assert [number_in(page) for page in pages] == [made] * 3


@pytest.mark.slow
def test_while_templates_may_change_nothing_is_kept(teacher, open_second_process):
    panel, settings = counting(), {"pyramid.reload_templates": "true"}
    plugged = open_second_process(
        lambda config: config.add_panel(
            "main", panel, CoursePlace, "string", key=lambda *_: "one", shared=True
        ),
        **settings,
    )
    assert [number_in(plugged.get(URL)) for _time in range(2)] == [1, 2]
    assert figures(plugged)["kept"] == 0


def number_in(page):
    return int(re.search(r"made\W+(\d+)", page.text)[1])


MISCHIEF = {
    **ANOTHER_GUEST,
    "X-Forwarded-Host": "mischief.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/mischief",
    "Forwarded": "host=mischief.example",
    "X-Original-URL": "/mischief",
    "X-HTTP-Method-Override": "DELETE",
    "Cookie": "mischief=mischief; theme=dark",
    "User-Agent": "mischief",
    "Accept-Language": "xx-mischief",
    "X-Request-ID": "mischief-mischief",
}


def ask_with_mischief(shop, accept):
    """Ask as a guest who brings all that another one does not, and a body."""
    body = b"title=mischief&q=mischief&rating=5"
    environ = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.input": BytesIO(body)}
    url = f"{URL}?utm_source=mischief"
    headers = {**MISCHIEF, "Accept": accept, "Content-Length": str(len(body))}
    return shop.app.do_request(shop.app.RequestClass.blank(url, environ, headers=headers))


@pytest.mark.parametrize("accept", FORMS)
def test_what_a_guest_brings_changes_nothing_for_the_next(shop, teacher, uncached_shop, accept):
    found = ask_with_mischief(shop, accept)
    hits = figures(shop)["hits"]
    nexts = shop.get(URL, Accept=accept)
    assert figures(shop)["hits"] == hits + 1
    assert found.body == nexts.body == uncached_shop.get(URL, Accept=accept).body
    assert b"mischief" not in nexts.body
    assert "mischief" not in str(nexts.headers)


def test_a_parameter_that_a_guest_invents_changes_nothing_for_the_next(shop, teacher):
    plain = shop.get(URL)
    for _time in range(3):
        assert shop.get(f"{URL}?_method=DELETE&mischief=1").headers["Cache-Control"] == "no-store"
        assert shop.get(URL).body == plain.body


def test_each_form_that_one_may_ask_for_has_its_own(shop, teacher, uncached_shop):
    kinds = ("text/html", "application/json", "application/vnd.courseshop.v1+json", "*/*",
             "application/json;q=0.5, text/html;q=0.4", "text/*", "image/png")  # fmt: skip
    for _time in range(2):
        for accept in kinds:
            kept, new = (one.get(URL, Accept=accept) for one in (shop, uncached_shop))
            assert (kept.status_int, kept.content_type) == (new.status_int, new.content_type)
            assert kept.body == new.body or kept.status_int == 406


def test_without_room_nothing_is_kept(teacher, uncached_shop):
    assert uncached_shop.get(URL).body == uncached_shop.get(URL).body
    assert (
        figures(uncached_shop)["kept"]
        == figures(uncached_shop)["bytes"]
        == figures(uncached_shop)["hits"]
        == 0
    )
    assert figures(uncached_shop)["room"] == 0


def test_a_shelf_holds_no_more_than_its_room_and_gives_up_what_was_not_asked_for_longest():
    cache = PageCache(3 * size(ONE))
    for key in "abc":
        cache.keep(key, ONE)
    assert cache.find("a") == ONE
    cache.keep("d", ONE)
    assert [key for key in "abcd" if cache.find(key)] == ["a", "c", "d"]
    for number in range(100):
        cache.keep(number, CachedPage(b"x" * number))
        assert cache.figures()["bytes"] <= cache.figures()["room"]
    assert cache.find(99)


def test_what_is_larger_than_the_room_is_not_kept_and_drives_nothing_out():
    cache = PageCache(2 * size(ONE))
    cache.keep("small", ONE)
    cache.keep("large", CachedPage(b"x" * 2 * size(ONE)))
    assert cache.find("small") == ONE
    assert cache.find("large") is None


def test_a_body_counts_with_what_stands_around_it():
    assert size(CachedPage(b"")) > 1_000
    assert size(CachedPage(b"x" * 10)) == size(CachedPage(b"")) + 10


def test_threads_may_use_a_shelf_at_once():
    cache, rounds, threads = PageCache(20 * size(ONE)), 2_000, 8

    def use(thread):
        for number in range(rounds):
            key = (number * (thread + 1)) % 50
            if cache.find(key) is None:
                cache.keep(key, CachedPage(b"x" * (key * 37)))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(use, range(threads)))
    said = cache.figures()
    there = [kept for kept in map(cache.find, range(50)) if kept]
    assert said["hits"] + said["misses"] == rounds * threads
    assert (said["kept"], said["bytes"]) == (len(there), sum(map(size, there)))
    assert said["bytes"] <= said["room"]


def test_admins_read_the_figures_of_the_process_that_answers(shop, teacher):
    root = Writer(shop, "root", "admin")
    for _time in range(2):
        shop.get(URL)
    answer = root.get("/kept")
    assert answer.json == figures(shop)
    assert list(answer.json) == ["hits", "misses", "kept", "bytes", "room"]
    assert answer.headers["Cache-Control"] == "no-store"
    page = root.get("/kept", Accept="text/html")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Every process has its own" in page
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in page.html.find_all("tr")]
    assert ["Maximum size in bytes", "8,388,608"] in rows
    assert [row[1].replace(",", "") for row in rows] == [str(one) for one in figures(shop).values()]
    assert root.get("/").json["links"]["kept"] == "http://localhost/kept"


def test_nobody_else_reads_them(shop, teacher, student):
    assert shop.get("/kept", **JSON).status_int == 401
    assert shop.get("/kept").status_int == 303
    for who in (student, teacher, Writer(shop, "mod", "moderator")):
        assert who.get("/kept").status_int == 403
        assert "kept" not in who.get("/").json["links"]
