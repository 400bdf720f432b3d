"""The sitemap: complete, split into parts, cheap, and without pages that guests may not see."""

from __future__ import annotations

import pytest
from machine_readable import head, sitemap
from sqlalchemy import event, insert, select, update
from writers import URL, Writer

from courseshop.models import Course
from courseshop.services import sitemap as service
from courseshop.views.links import root_of, urls_below

HOST = "http://localhost"
INDEX = "/sitemap.xml"
DEFAULT_MOST = service.MOST


@pytest.fixture
def moderator(shop):
    return Writer(shop, "mo", "moderator")


@pytest.fixture(autouse=True)
def one_part_for_all(monkeypatch):
    """Put all rows into one part: on a database server, ids continue from earlier tests."""
    monkeypatch.setattr(service, "MOST", 50_000)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(service, "MOST", 3)


def parts(shop):
    return [url.removeprefix(HOST) for url in sitemap(shop.get(INDEX), "siteindex")]


def all_entries(shop):
    found = {}
    for part in parts(shop):
        found.update(sitemap(shop.get(part)))
    return found


@pytest.mark.slow
def test_sitemap_lists_all_pages_reachable_by_links(demo):
    listed = set(all_entries(demo))
    found, waiting, followed = set(), {"/"}, set()
    while waiting:
        followed.add(url := waiting.pop())
        page = demo.get(url)
        canonical = head(page, rel="canonical") if page.content_type == "text/html" else []
        if not canonical or canonical[0] in found:
            continue
        found.add(canonical[0])
        links = [link["href"] for link in page.html.find_all("a", href=True)]
        own = [link.partition("#")[0] for link in links if link.startswith(f"{HOST}/")]
        waiting |= {link.removeprefix(HOST) for link in own if "reviews" not in link} - followed
    assert {url for url in found if "?" not in url} == listed


@pytest.mark.slow
def test_every_url_is_the_canonical_url_of_a_page(demo):
    for url in all_entries(demo):
        page = demo.get(url.removeprefix(HOST))
        assert page.status_int == 200
        assert head(page, rel="canonical") == [url]


@pytest.mark.databases
def test_course_is_listed_with_last_edit_while_published(shop, teacher):
    url, person = f"{HOST}{URL}", f"{HOST}/people/ann"
    listed = all_entries(shop)
    assert listed[url] == shop.json(URL).json["updated_at"].replace("Z", "+00:00")
    assert person in listed
    teacher.patch(URL, {"title": "Another"})
    assert all_entries(shop)[url] > listed[url]
    teacher.patch(URL, {"status": "archived"})
    assert {url, person} & set(all_entries(shop)) == set()
    moderator = Writer(shop, "mo", "moderator")
    assert {part.rsplit("/", 1)[1] for part in parts(shop)} == {"pages-1.xml", "categories-1.xml"}
    assert moderator.get("/sitemaps/courses-1.xml").status_int == 404


@pytest.mark.databases
def test_drafts_and_students_are_not_listed(shop):
    shop.add_course("open", instructors=["ann"])
    shop.add_course("draft", published=None, instructors=["ann", "bob"])
    shop.add_person("sam")
    names = {url.rsplit("/", 1)[1] for url in all_entries(shop)}
    assert {"open", "ann"} <= names
    assert not {"draft", "bob", "sam"} & names


@pytest.mark.databases
def test_parts_are_ranges_of_ids_and_stay_when_courses_are_added(shop, small_parts):
    ids = {shop.add_course(f"course-{n}"): f"{HOST}/courses/course-{n}" for n in range(7)}
    before = {part: set(sitemap(shop.get(part))) for part in parts(shop) if "courses" in part}
    assert len(before) >= 3
    for part, urls in before.items():
        number = int(part.removeprefix("/sitemaps/courses-").removesuffix(".xml"))
        assert urls == {url for row, url in ids.items() if (row - 1) // 3 + 1 == number}
        assert len(urls) <= 3
    shop.add_course("one-more")
    full = [part for part, urls in before.items() if len(urls) == 3]
    assert all(set(sitemap(shop.get(part))) == before[part] for part in full)
    assert set().union(*before.values()) == set(ids.values())


@pytest.mark.databases
def test_empty_part_is_not_listed_and_gets_404(shop, small_parts):
    ids = [shop.add_course(f"course-{n}") for n in range(9)]
    middle = (ids[4] - 1) // 3
    inside = (Course.id > middle * 3, Course.id <= middle * 3 + 3)
    with shop.writing() as request:
        request.db.execute(update(Course).where(*inside).values(status="archived"))
    gone = f"/sitemaps/courses-{middle + 1}.xml"
    assert gone not in parts(shop)
    assert shop.get(gone).status_int == 404


@pytest.mark.parametrize(
    "name",
    ["pages-2.xml", "pages-0.xml", "courses-01.xml", "courses-1", "courses.xml", "users-1.xml",
     "courses-9999999999999.xml", "courses-99999999999999.xml", "courses-1.xml.gz"],
)  # fmt: skip
def test_invalid_part_gets_404(demo, name):
    assert demo.get(f"/sitemaps/{name}").status_int == 404


def test_sitemap_returns_304_until_it_changes(shop, teacher):
    for part in (INDEX, *parts(shop)):
        answer = shop.get(part, Accept="application/json")
        tag = answer.headers["ETag"]
        assert shop.get(part, If_None_Match=tag).status_int == 304
        assert shop.request("HEAD", part).headers["ETag"] == tag
    courses = "/sitemaps/courses-1.xml"
    tag = shop.get(courses).headers["ETag"]
    teacher.patch(URL, {"slug": "another"})
    again = shop.get(courses, If_None_Match=tag)
    assert list(sitemap(again)) == [f"{HOST}/courses/another"]
    shop.add_course("two")
    assert shop.get(courses, If_None_Match=again.headers["ETag"]).status_int == 200


KINDS = ("/sitemaps/courses-1.xml", "/sitemaps/people-1.xml", "/sitemaps/categories-1.xml")


def cost(shop, url, status=200, **headers):
    with shop.queries() as sent:
        assert shop.get(url, **headers).status_int == status
    return len(sent)


@pytest.mark.databases
def test_part_needs_two_queries_and_304_needs_one(shop):
    shop.add_course("one")
    assert [cost(shop, url) for url in KINDS] == [2, 2, 2]
    for n in range(5):
        shop.add_course(f"course-{n}", instructors=[f"teacher-{n}"])
    assert [cost(shop, url) for url in KINDS] == [2, 2, 2]
    tags = [shop.get(url).headers["ETag"] for url in KINDS]
    pairs = zip(KINDS, tags, strict=True)
    assert [cost(shop, url, 304, If_None_Match=tag) for url, tag in pairs] == [1, 1, 1]


@pytest.mark.databases
def test_index_needs_fixed_number_of_queries(shop, small_parts):
    shop.add_course("one")
    before = cost(shop, INDEX)
    for n in range(12):
        shop.add_course(f"course-{n}", instructors=[f"teacher-{n}"])
    assert len(parts(shop)) > 8
    assert cost(shop, INDEX) == before == 3


@pytest.mark.databases
def test_index_lists_more_parts_than_one_query_finds(shop, small_parts, monkeypatch):
    for n in range(12):
        shop.add_course(f"course-{n}", instructors=[f"teacher-{n}"])
    found = parts(shop)
    monkeypatch.setattr(service, "AT_ONCE", 2)
    assert parts(shop) == found
    assert len(set(found)) == len(found)


def test_no_part_has_more_than_a_thousand_entries(shop, monkeypatch):
    """An entry takes 10 to 20 µs, so a part takes well under 50 ms."""
    monkeypatch.setattr(service, "MOST", DEFAULT_MOST)
    first = shop.add_course("one")
    with shop.storing() as db:
        facts = {"title": "Many", "category_id": db.scalar(select(Course.category_id)), "score": 0}
        rows = [{**facts, "slug": f"many-{n}", "status": "published"} for n in range(2_200)]
        db.execute(insert(Course), rows)
    sizes = [len(sitemap(shop.get(part))) for part in parts(shop) if "courses" in part]
    assert max(sizes) <= 1_000
    assert sum(sizes) == 2_201
    assert len(sizes) == (first + 2_199) // 1_000 - (first - 1) // 1_000 + 1


@pytest.mark.databases
def test_etag_differs_for_other_courses_with_same_sum_of_ids(shop, moderator):
    """Courses 2 and 3 replace 1 and 4, and the newest edit stays that of a future course."""
    ids = [shop.add_course(f"course-{n}", published="2026-01-01T00:00:00Z") for n in range(5)]
    shop.add_course("future", published="2999-01-01T00:00:00Z")
    assert ids == list(range(ids[0], ids[0] + 5))
    move(moderator, "archived", 2, 3)
    url = "/sitemaps/courses-1.xml"
    tag = shop.get(url).headers["ETag"]
    move(moderator, "archived", 1, 4)
    move(moderator, "published", 2, 3)
    again = shop.get(url, If_None_Match=tag)
    assert again.status_int == 200
    assert {f"{HOST}/courses/course-{n}" for n in (0, 2, 3)} <= set(sitemap(again))


@pytest.mark.databases
def test_etag_differs_for_other_people_with_same_sum_of_ids(shop, moderator):
    names = [f"teacher-{n}" for n in range(5)]
    for name in names:
        shop.add_person(name)
    for n, name in enumerate(names):
        shop.add_course(f"course-{n}", instructors=[name])
    move(moderator, "archived", 2, 3)
    tag = shop.get("/sitemaps/people-1.xml").headers["ETag"]
    move(moderator, "archived", 1, 4)
    move(moderator, "published", 2, 3)
    assert shop.get("/sitemaps/people-1.xml", If_None_Match=tag).status_int == 200


@pytest.mark.databases
def test_reviews_and_students_do_not_change_etag(shop, student):
    tags = {url: shop.get(url).headers["ETag"] for url in KINDS}
    student.post(f"{URL}/reviews", {"rating": 4})
    assert shop.json(URL).json["rating"]["count"] == 1
    assert {url: shop.get(url).headers["ETag"] for url in KINDS} == tags


def move(moderator, status, *numbers):
    for n in numbers:
        assert moderator.patch(f"/courses/course-{n}", {"status": status}).status_int == 200


def test_sqlite_reads_part_from_covering_index(shop, backend):
    if backend != "sqlite":
        pytest.skip("a planner with statistics chooses another plan for few rows")
    shop.add_course("one")
    statements = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        statements.append((statement, parameters))

    event.listen(shop.engine, "before_cursor_execute", note)
    shop.get("/sitemaps/courses-1.xml")
    event.remove(shop.engine, "before_cursor_execute", note)
    with shop.engine.connect() as connection:
        for statement, parameters in statements:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = " ".join(step for *_numbers, step in plan)
                assert "USING COVERING INDEX ix_course_status_id_slug_updated_at" in steps
                assert "TEMP B-TREE" not in steps


def test_bulk_urls_equal_urls_of_places(demo):
    with demo.reading() as request:
        courses, people = root_of(request)["courses"], root_of(request)["people"]
        assert urls_below(courses)("backend-with-python") == courses["backend-with-python"].url()
        assert urls_below(people)("jonas-lindqvist") == people["jonas-lindqvist"].url()


def test_every_url_includes_path_prefix(demo):
    environ = {"SCRIPT_NAME": "/shop", "REQUEST_URI": f"/shop{INDEX}"}
    answer = demo.app.get(INDEX, extra_environ=environ)
    assert all(url.startswith(f"{HOST}/shop/sitemaps/") for url in sitemap(answer, "siteindex"))
    part = "/sitemaps/courses-1.xml"
    environ["REQUEST_URI"] = f"/shop{part}"
    answer = demo.app.get(part, extra_environ=environ)
    assert all(url.startswith(f"{HOST}/shop/courses/") for url in sitemap(answer))
