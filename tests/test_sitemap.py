"""The sitemap: whole, split, cheap, and of nothing that a guest may not see."""

from __future__ import annotations

import pytest
from machine_readable import head, sitemap
from sqlalchemy import event, update
from writers import URL, Writer

from courseshop.models import Course
from courseshop.services import sitemap as service
from courseshop.views.links import root_of, urls_below

HOST = "http://localhost"
INDEX = "/sitemap.xml"


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(service, "MOST", 3)


def parts(shop):
    return [url.removeprefix(HOST) for url in sitemap(shop.get(INDEX), "siteindex")]


def everything(shop):
    found = {}
    for part in parts(shop):
        found.update(sitemap(shop.get(part)))
    return found


@pytest.mark.slow
def test_it_lists_all_that_a_guest_finds_by_following_links(demo):
    listed = set(everything(demo))
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
def test_each_address_in_it_is_a_page_under_its_canonical_address(demo):
    for url in everything(demo):
        page = demo.get(url.removeprefix(HOST))
        assert page.status_int == 200
        assert head(page, rel="canonical") == [url]


@pytest.mark.databases
def test_a_course_is_there_with_its_last_edit_while_it_is_published(shop, teacher):
    url, person = f"{HOST}{URL}", f"{HOST}/people/ann"
    listed = everything(shop)
    assert listed[url] == shop.json(URL).json["updated_at"].replace("Z", "+00:00")
    assert person in listed
    teacher.patch(URL, {"title": "Another"})
    assert everything(shop)[url] > listed[url]
    teacher.patch(URL, {"status": "archived"})
    assert {url, person} & set(everything(shop)) == set()
    moderator = Writer(shop, "mo", "moderator")
    assert {part.rsplit("/", 1)[1] for part in parts(shop)} == {"pages-1.xml", "categories-1.xml"}
    assert moderator.get("/sitemaps/courses-1.xml").status_int == 404


@pytest.mark.databases
def test_drafts_and_those_who_only_learn_are_not_in_it(shop):
    shop.add_course("open", instructors=["ann"])
    shop.add_course("draft", published=None, instructors=["ann", "bob"])
    shop.add_person("sam")
    names = {url.rsplit("/", 1)[1] for url in everything(shop)}
    assert {"open", "ann"} <= names
    assert not {"draft", "bob", "sam"} & names


@pytest.mark.databases
def test_parts_are_ranges_of_ids_that_stay_when_courses_are_added(shop, small_parts):
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
def test_a_part_without_anything_to_list_is_neither_named_nor_there(shop, small_parts):
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
def test_what_is_no_part_is_404(demo, name):
    assert demo.get(f"/sitemaps/{name}").status_int == 404


def test_it_is_304_until_it_would_say_something_else(shop, teacher):
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


@pytest.mark.databases
def test_a_part_costs_three_queries_however_much_is_in_it(shop):
    def cost(url):
        with shop.queries() as sent:
            assert shop.get(url).status_int == 200
        return sent

    shop.add_course("one")
    for url in ("/sitemaps/courses-1.xml", "/sitemaps/people-1.xml", "/sitemaps/categories-1.xml"):
        assert len(cost(url)) == 3
    for n in range(5):
        shop.add_course(f"course-{n}", instructors=[f"teacher-{n}"])
    for url in ("/sitemaps/courses-1.xml", "/sitemaps/people-1.xml", "/sitemaps/categories-1.xml"):
        assert len(cost(url)) == 3


def test_sqlite_reads_a_part_of_courses_from_an_index_alone(shop, backend):
    if backend != "sqlite":
        pytest.skip("a planner with statistics chooses otherwise on few rows")
    shop.add_course("one")
    asked = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        asked.append((statement, parameters))

    event.listen(shop.engine, "before_cursor_execute", note)
    shop.get("/sitemaps/courses-1.xml")
    event.remove(shop.engine, "before_cursor_execute", note)
    with shop.engine.connect() as connection:
        for statement, parameters in asked:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                steps = " ".join(step for *_numbers, step in plan)
                assert "USING COVERING INDEX ix_course_status_id_slug_updated_at" in steps
                assert "TEMP B-TREE" not in steps


def test_addresses_made_by_the_thousand_are_those_of_the_places(demo):
    with demo.reading() as request:
        courses, people = root_of(request)["courses"], root_of(request)["people"]
        assert urls_below(courses)("backend-with-python") == courses["backend-with-python"].url()
        assert urls_below(people)("jonas-lindqvist") == people["jonas-lindqvist"].url()


def test_a_prefix_stands_in_every_address(demo):
    environ = {"SCRIPT_NAME": "/shop", "REQUEST_URI": f"/shop{INDEX}"}
    answer = demo.app.get(INDEX, extra_environ=environ)
    assert all(url.startswith(f"{HOST}/shop/sitemaps/") for url in sitemap(answer, "siteindex"))
    part = "/sitemaps/courses-1.xml"
    environ["REQUEST_URI"] = f"/shop{part}"
    answer = demo.app.get(part, extra_environ=environ)
    assert all(url.startswith(f"{HOST}/shop/courses/") for url in sitemap(answer))
