"""The page cache sends a page again while it is current, and only to guests."""

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
# The course, its instructors with their totals, and its related courses.
KEY_QUERIES = 3
# After these, the response cache replays the page without a query.
WARM_UP_REQUESTS = 2
# A page of about 1,000 bytes, for tests of the cache itself.
ONE = CachedPage(b"x" * 1_000)


@pytest.mark.parametrize("accept", FORMS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_cached_page_costs_only_the_queries_of_its_key(
    shop, teacher, uncached_shop, accept, method
):
    first = shop.request(method, URL, Accept=accept)
    with shop.queries() as sent:
        again, head = (shop.request(one, URL, Accept=accept) for one in ("GET", "HEAD"))
    assert len(sent) == 2 * KEY_QUERIES
    assert again.body == uncached_shop.get(URL, Accept=accept).body
    assert again.content_length == len(again.body) > 0
    assert head.body == b""
    assert bare(head)[:2] == bare(again)[:2] == bare(first)[:2]
    with shop.queries() as sent:
        assert shop.get(URL, If_None_Match=first.headers["ETag"], Accept=accept).status_int == 304
    assert len(sent) == KEY_QUERIES


@pytest.mark.parametrize("accept", FORMS)
def test_review_page_is_cached_until_edit(shop, teacher, student, uncached_shop, accept):
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
class Scene:
    """The course at URL with a review and a related course, and the users who change them."""

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

    def set_instructors(self, *usernames, slug="backend-with-python"):
        with self.shop.writing() as request:
            db = request.db
            course_id = db.query(Course.id).filter_by(slug=slug).scalar()
            instructor.set_all(db, course_id, instructor.ids_of(db, list(usernames)))

    def relate(self):
        self.shop.add_course("three", tags=["web"])
        relate_all(self.shop.registry)


@pytest.fixture
def scene(shop, teacher, student, second_process):
    """Return a scene whose users write through another process than the one that reads."""
    assert teacher.patch(URL, {"tags": ["web"]}).status_int == 200
    shop.add_course("two", tags=["web"], category="others")
    relate_all(shop.registry)
    # By the same instructor, but not related.
    shop.add_course("another", category="others")
    review = student.post(REVIEWS, {"rating": 5, "text": "Good."}).json["url"]
    tom, boss = enrolled(shop, "tom"), Writer(shop, "boss", "moderator")
    for one in (teacher, student, tom, boss):
        one.shop = second_process
    return Scene(second_process, teacher, student, tom, boss, review)


ANOTHER = "/courses/another"
HIDE = {"decision": "hide", "reason": "It is rude."}
CHANGES = {
    "course edited": lambda scene: scene.teacher.patch(URL, {"title": "Other"}),
    "price": lambda scene: scene.teacher.patch(URL, {"price": {"amount": "5"}}),
    "review written": lambda scene: scene.tom.post(REVIEWS, {"rating": 1, "text": "Bad."}),
    "review edited": lambda scene: scene.student.patch(scene.review, {"text": "Better."}),
    "rating edited": lambda scene: scene.student.patch(scene.review, {"rating": 4}),
    "review hidden": lambda scene: scene.boss.post(f"{scene.review}/moderate", HIDE),
    "review deleted": lambda scene: scene.student.ask("DELETE", scene.review),
    "reply": lambda scene: scene.teacher.ask("PUT", f"{scene.review}/reply", {"text": "Thanks."}),
    "vote": lambda scene: scene.tom.ask("PUT", f"{scene.review}/helpful"),
    "category renamed": lambda scene: scene.rename_category("things"),
    "instructor renamed": lambda scene: scene.rename("ann"),
    "reviewer renamed": lambda scene: scene.rename("sam"),
    "instructor joined": lambda scene: scene.set_instructors("ann", "boss"),
    "instructor left": lambda scene: scene.set_instructors("boss"),
    "related recomputed": Scene.relate,
    "related edited": lambda scene: scene.boss.patch("/courses/two", {"title": "Other"}),
    "related archived": lambda scene: scene.boss.patch("/courses/two", {"status": "archived"}),
    "related rated": lambda scene: (
        scene.tom.ask("PUT", "/courses/two/enrolment")
        and scene.tom.post("/courses/two/reviews", {"rating": 5})
    ),
    "related category renamed": lambda scene: scene.rename_category("others"),
    "enrolled in another course": lambda scene: scene.tom.ask("PUT", f"{ANOTHER}/enrolment"),
    "another course rated": lambda scene: (
        scene.tom.ask("PUT", f"{ANOTHER}/enrolment")
        and scene.tom.post(f"{ANOTHER}/reviews", {"rating": 2})
    ),
    "another course archived": lambda scene: scene.boss.patch(ANOTHER, {"status": "archived"}),
    "another course left": lambda scene: scene.set_instructors("boss", slug="another"),
    "enrolled": lambda scene: Writer(scene.shop, "tim", "student").ask("PUT", f"{URL}/enrolment"),
    "left": lambda scene: scene.tom.ask("DELETE", f"{URL}/enrolment"),
}


def apply(scene, change):
    answer = change(scene)
    assert answer is None or answer.status_int < 300, answer.text


@pytest.mark.parametrize("change", CHANGES)
def test_guest_sees_changes_by_another_process_at_once(shop, scene, uncached_shop, change):
    readers = (shop, scene.shop)
    for _time in range(WARM_UP_REQUESTS):
        before = {accept: [one.get(URL, Accept=accept).body for one in readers] for accept in FORMS}
    hits = figures(shop)["hits"]
    assert shop.get(URL).body == before["text/html"][0]
    assert figures(shop)["hits"] == hits + 1
    apply(scene, CHANGES[change])
    for accept in FORMS:
        now = uncached_shop.get(URL, Accept=accept).body
        for one in readers:
            assert one.get(URL, Accept=accept).body == now
    # JSON has no reviews, and HTML no categories of related courses, so one may stay the same.
    assert any(uncached_shop.get(URL, Accept=accept).body not in before[accept] for accept in FORMS)


LIST, WISH = "/wishlists/default", "/wishlists/default/backend-with-python"
CHANGES_OF_A_WISH = {
    "wish edited": lambda scene: scene.student.ask("PUT", WISH, {"note": "Soon."}),
    "wish removed": lambda scene: scene.student.ask("DELETE", WISH),
    "course edited": lambda scene: scene.teacher.patch(URL, {"title": "Other"}),
    "course archived": lambda scene: scene.boss.patch(URL, {"status": "archived"}),
    "category renamed": lambda scene: scene.rename_category("things"),
}


@pytest.mark.parametrize("change", CHANGES_OF_A_WISH)
def test_shared_wish_is_never_stale(shop, scene, uncached_shop, change):
    scene.student.ask("PUT", WISH, {"note": "Later."})
    shared = scene.student.patch(LIST, {"visibility": "link"}).json["url"]
    url = f"{shared}/backend-with-python".removeprefix("http://localhost")
    for _time in range(WARM_UP_REQUESTS):
        before = {accept: shop.get(url, Accept=accept).body for accept in FORMS}
    hits = figures(shop)["hits"]
    assert before == {accept: shop.get(url, Accept=accept).body for accept in FORMS}
    assert figures(shop)["hits"] == hits + len(FORMS)
    apply(scene, CHANGES_OF_A_WISH[change])
    assert before != {accept: uncached_shop.get(url, Accept=accept).body for accept in FORMS}
    for accept in FORMS:
        assert shop.get(url, Accept=accept).body == uncached_shop.get(url, Accept=accept).body
    scene.student.patch(LIST, {"visibility": "private"})
    assert {shop.get(url, Accept=accept).status_int for accept in FORMS} == {404}


def test_share_does_not_make_cached_page_stale(shop, scene, uncached_shop):
    shop.get(URL)
    assert scene.shop.get(f"{URL}/share/x").status_int == 303
    assert shop.get(URL).body == uncached_shop.get(URL).body


@pytest.mark.databases
def test_shared_panels_are_never_stale_for_members(shop, scene):
    shop.get(URL), scene.tom.get(URL, Accept="text/html")
    scene.boss.patch("/courses/two", {"title": "Another Title"})
    scene.tom.shop = shop
    assert "Another Title" in scene.tom.get(URL, Accept="text/html").text


@pytest.mark.databases
def test_deleted_review_is_shown_again_after_undo(shop, scene, uncached_shop):
    shop.get(URL)
    scene.student.ask("DELETE", scene.review)
    assert "Good." not in shop.get(URL)
    assert scene.student.ask("POST", f"{REVIEWS}/undo").status_int == 204
    assert shop.get(URL).body == uncached_shop.get(URL).body
    assert "Good." in shop.get(URL)


@pytest.mark.databases
@pytest.mark.parametrize("accept", FORMS)
def test_recreated_course_does_not_get_page_of_old_one(shop, accept):
    old = shop.add_course("again", title="The Old One")
    assert b"The Old One" in shop.get("/courses/again", Accept=accept).body
    with shop.writing() as request:
        request.db.execute(delete(Course).where(Course.id == old))
    assert shop.get("/courses/again", Accept=accept).status_int == 404
    shop.add_course("again", title="The New One")
    assert b"The New One" in shop.get("/courses/again", Accept=accept).body


@pytest.mark.databases
def test_course_with_new_slug_redirects_from_old_one(shop, teacher):
    shop.get(URL)
    assert teacher.patch(URL, {"slug": "new-name"}).status_int == 200
    moved = shop.get(URL)
    assert (moved.status_int, moved.location) == (308, "http://localhost/courses/new-name")
    assert shop.get("/courses/new-name").html.h1.text == WORDS["title"]


@pytest.mark.parametrize("accept", FORMS)
def test_logged_in_users_neither_get_nor_fill_guest_pages(shop, teacher, student, accept, backend):
    before = figures(shop)
    mine = [who.get(URL, Accept=accept).body for who in (teacher, student)]
    assert figures(shop)["kept"] == before["kept"]
    guest = shop.get(URL, Accept=accept)
    # The page, and a mark that its URL was requested once (not on MariaDB).
    assert figures(shop)["kept"] - before["kept"] == (1 if backend == "mariadb" else 2)
    again = [who.get(URL, Accept=accept).body for who in (teacher, student)]
    assert again == mine
    assert len({guest.body, *mine}) == 3
    assert figures(shop)["hits"] == before["hits"]
    assert bare(shop.get(URL, Accept=accept)) == bare(guest)
    assert figures(shop)["hits"] == before["hits"] + 1


@pytest.mark.parametrize("accept", FORMS)
def test_draft_stays_404_for_guests_after_instructor_views_it(shop, teacher, accept):
    teacher.write(title="Secret")
    assert teacher.get("/courses/secret", Accept=accept).status_int == 200
    assert shop.get("/courses/secret", Accept=accept).status_int == 404
    assert teacher.get("/courses/secret", Accept=accept).status_int == 200
    assert shop.get(URL, Accept=accept).status_int == 200
    with shop.writing() as request:
        # Changed by SQL alone: not even a stamp changes.
        request.db.execute(update(Course).values(status="draft"))
    assert shop.get(URL, Accept=accept).status_int == 404


def test_page_with_notice_is_not_cached(shop, teacher):
    before = figures(shop)
    noted = shop.get(URL, Cookie="courseshop_notice=logged-out")
    assert noted.html.find(class_="toast")
    assert figures(shop)["kept"] == before["kept"]
    assert shop.get(URL).html.find(class_="toast") is None
    assert shop.get(URL, Cookie="courseshop_notice=logged-out").html.find(class_="toast")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [({}, True), ({"status": 206}, False), ({"status": 404}, False), ({"headers": {"Set-Cookie": "a=b"}}, False),
     ({"headers": {"Cache-Control": "no-store"}}, False), ({"headers": {"Cache-Control": "private, no-store"}}, False)],
)  # fmt: skip
def test_only_responses_for_all_guests_are_cacheable(facts, expected):
    response = Response(status=facts.get("status", 200))
    response.headers.update(facts.get("headers", {}))
    assert is_cacheable(response) is expected


@pytest.mark.slow
def test_each_language_and_host_has_its_own_page(shop, teacher, open_second_process):
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
    """Return a panel view that counts, and shows, how often it was rendered."""

    def panel(_place, _request):
        panel.made += 1
        return {"made": panel.made}

    panel.made = 0
    return panel


@pytest.mark.slow
def test_page_with_keyless_panel_is_not_cached(teacher, open_second_process):
    panel = counting()
    plugged = open_second_process(
        lambda config: config.add_panel("main", panel, CoursePlace, "string")
    )
    pages = [plugged.get(URL).body for _time in range(3)]
    assert (panel.made, len(set(pages))) == (3, 3)
    assert figures(plugged)["hits"] == figures(plugged)["kept"] == 0


@pytest.mark.slow
def test_shared_panel_is_rendered_once_until_its_key_changes(teacher, student, open_second_process):
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
def test_nothing_is_cached_while_templates_may_reload(teacher, open_second_process):
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
    """Send a request with unusual headers, a query and a body, as a guest."""
    body = b"title=mischief&q=mischief&rating=5"
    environ = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "wsgi.input": BytesIO(body)}
    url = f"{URL}?utm_source=mischief"
    headers = {**MISCHIEF, "Accept": accept, "Content-Length": str(len(body))}
    return shop.app.do_request(shop.app.RequestClass.blank(url, environ, headers=headers))


@pytest.mark.parametrize("accept", FORMS)
def test_headers_of_one_guest_do_not_affect_next_guest(shop, teacher, uncached_shop, accept):
    found = ask_with_mischief(shop, accept)
    hits = figures(shop)["hits"]
    following = shop.get(URL, Accept=accept)
    assert figures(shop)["hits"] == hits + 1
    assert found.body == following.body == uncached_shop.get(URL, Accept=accept).body
    assert b"mischief" not in following.body
    assert "mischief" not in str(following.headers)


def test_unknown_parameter_does_not_affect_next_guest(shop, teacher):
    plain = shop.get(URL)
    for _time in range(3):
        assert shop.get(f"{URL}?_method=DELETE&mischief=1").headers["Cache-Control"] == "no-store"
        assert shop.get(URL).body == plain.body


def test_each_accept_header_gets_its_own_page(shop, teacher, uncached_shop):
    kinds = ("text/html", "application/json", "application/vnd.courseshop.v1+json", "*/*",
             "application/json;q=0.5, text/html;q=0.4", "text/*", "image/png")  # fmt: skip
    for _time in range(2):
        for accept in kinds:
            cached, new = (one.get(URL, Accept=accept) for one in (shop, uncached_shop))
            assert (cached.status_int, cached.content_type) == (new.status_int, new.content_type)
            assert cached.body == new.body or cached.status_int == 406


def test_cache_of_size_zero_stores_nothing(teacher, uncached_shop):
    assert uncached_shop.get(URL).body == uncached_shop.get(URL).body
    assert (
        figures(uncached_shop)["kept"]
        == figures(uncached_shop)["bytes"]
        == figures(uncached_shop)["hits"]
        == 0
    )
    assert figures(uncached_shop)["room"] == 0


def test_full_cache_evicts_least_recently_used_page():
    cache = PageCache(3 * size(ONE))
    for key in "abc":
        cache.store(key, ONE)
    assert cache.find("a") == ONE
    cache.store("d", ONE)
    assert [key for key in "abcd" if cache.find(key)] == ["a", "c", "d"]
    for number in range(100):
        cache.store(number, CachedPage(b"x" * number))
        assert cache.figures()["bytes"] <= cache.figures()["room"]
    assert cache.find(99)


def test_oversized_page_is_not_cached_and_evicts_nothing():
    cache = PageCache(2 * size(ONE))
    cache.store("small", ONE)
    cache.store("large", CachedPage(b"x" * 2 * size(ONE)))
    assert cache.find("small") == ONE
    assert cache.find("large") is None


def test_size_of_page_includes_overhead():
    assert size(CachedPage(b"")) > 1_000
    assert size(CachedPage(b"x" * 10)) == size(CachedPage(b"")) + 10


def test_cache_is_thread_safe():
    cache, rounds, threads = PageCache(20 * size(ONE)), 2_000, 8

    def use(thread):
        for number in range(rounds):
            key = (number * (thread + 1)) % 50
            if cache.find(key) is None:
                cache.store(key, CachedPage(b"x" * (key * 37)))

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(use, range(threads)))
    counts = cache.figures()
    stored = [cached for cached in map(cache.find, range(50)) if cached]
    assert counts["hits"] + counts["misses"] == rounds * threads
    assert (counts["kept"], counts["bytes"]) == (len(stored), sum(map(size, stored)))
    assert counts["bytes"] <= counts["room"]


def test_admin_sees_cache_figures_of_answering_process(shop, teacher):
    root = Writer(shop, "root", "admin")
    for _time in range(2):
        shop.get(URL)
    answer = root.get("/kept")
    assert answer.json == figures(shop)
    assert list(answer.json) == ["hits", "misses", "kept", "bytes", "room"]
    assert answer.headers["Cache-Control"] == "no-store"
    page = root.get("/kept", Accept="text/html")
    assert page.headers["Cache-Control"] == "no-store"
    assert "Each process has its own" in page
    rows = [
        [one.get_text(strip=True) for one in row.find_all(["dt", "dd"])]
        for row in page.html.select(".facts-list > div")
    ]
    counts = [row[1].replace(",", "") for row in rows[:3]]
    assert counts == [str(one) for one in figures(shop).values()][:3]
    assert rows[3][0] == "Size"
    assert rows[3][1].endswith(" kB")
    assert rows[4] == ["Maximum size", "8.4 MB"]
    assert root.get("/").json["links"]["kept"] == "http://localhost/kept"


def test_only_admins_see_cache_figures(shop, teacher, student):
    assert shop.get("/kept", **JSON).status_int == 401
    assert shop.get("/kept").status_int == 303
    for who in (student, teacher, Writer(shop, "mod", "moderator")):
        assert who.get("/kept").status_int == 403
        assert "kept" not in who.get("/").json["links"]
