"""Related courses: found by a command, bounded and in aggregate, shown with their reasons."""

from __future__ import annotations

import sys
import threading

import pytest
from helpers import write_ini
from operating import courseshop
from sqlalchemy import func, insert, select, update

from courseshop.domain.clock import now
from courseshop.models import Course, RelatedCourse, Wish, Wishlist
from courseshop.scripts.relate import relate_all
from courseshop.services.similarity import (
    FEWEST_PEOPLE,
    MOST_IN_A_POOL,
    MOST_RELATED,
    MOST_WISHES,
    Facts,
    Found,
    Similarity,
)

pytestmark = pytest.mark.databases


def facts(course_id, category_id=1, tags=(), students=0):
    return Facts(course_id, category_id, frozenset(tags), (students,))


def found(courses, wishes=(), of=1):
    return [one.id for one in Similarity(courses, wishes).related(of)]


def panel(shop, slug="one", **headers):
    answer = shop.json(f"/courses/{slug}", **headers).json
    return answer["panels"]["main"][0]["related"] if "panels" in answer else []


def wish(shop, who, *course_ids, times=1):
    """Have somebody wish for courses, the last one most of all newly, on so many lists."""
    with shop.writing() as request:
        db = request.db
        default = select(Wishlist.id).where(Wishlist.default_of == who.id)
        lists = [db.scalar(default)]
        for n in range(1, times):
            values = {"owner_id": who.id, "name": f"List {n}"}
            lists.append(db.execute(insert(Wishlist).values(values)).inserted_primary_key[0])
        db.execute(
            insert(Wish),
            [
                {"wishlist_id": one, "course_id": course, "title": "x", "added_at": now()}
                for one in lists
                for course in course_ids
            ],
        )


def test_tags_in_common_come_before_the_same_category_and_rare_ones_first():
    courses = [
        facts(1, tags=["python", "bees"]),
        facts(2),
        facts(3, 2, ["python"]),
        facts(4, 2, ["bees"]),
        facts(5, 2, ["python", "bees"]),
        facts(6, 2, ["python"], 5),
        facts(7, 3),
    ]
    assert found(courses) == [5, 4, 6, 3, 2]


def test_tags_are_the_same_in_any_case(shop):
    shop.add_course("one", tags=["Python", "Web"])
    shop.add_course("two", category="others", tags=["PYTHON"])
    relate_all(shop.registry)
    (related,) = panel(shop)
    assert related["why"] == [{"reason": "tags", "text": "Also about: Python", "tags": ["Python"]}]


def test_what_many_wish_for_together_leads_and_fewer_than_three_people_count_as_none():
    courses = [facts(1), facts(2), facts(3, 2), facts(4, 2)]
    wishes = [(person, course) for person in range(FEWEST_PEOPLE) for course in (1, 3)]
    wishes += [(person, 4) for person in range(FEWEST_PEOPLE - 1)]
    assert Similarity(courses, wishes).related(1) == [Found(3, wished=True), Found(2, wished=False)]


def test_a_course_that_everybody_wishes_for_says_less():
    courses = [facts(n, n) for n in (1, 2, 3)]
    wishes = [(person, course) for person in range(4) for course in (1, 2, 3)]
    wishes += [(person, 3) for person in range(10, 60)]
    assert found(courses, wishes) == [2, 3]


def test_it_never_takes_more_than_it_says_however_popular_a_category_is():
    class Counting(Similarity):
        scored = 0

        def score(self, *facts):
            self.scored += 1
            return super().score(*facts)

    crowd = Counting([facts(n, tags=["a", "b"], students=n) for n in range(2_000)], ())
    assert len(crowd.related(7)) == MOST_RELATED
    assert crowd.scored <= 3 * MOST_IN_A_POOL


def test_somebody_who_wishes_for_everything_is_taken_by_their_newest_wishes():
    courses = [facts(n, n) for n in range(500)]
    wishes = [(person, course) for person in range(3) for course in range(499, -1, -1)]
    likeness = Similarity(courses, wishes)
    assert len(likeness.related(499)) == MOST_RELATED
    assert likeness.related(499 - MOST_WISHES) == []


def test_three_lists_of_one_person_are_one_person(shop):
    ids = [shop.add_course(slug, category=slug) for slug in ("one", "two")]
    people = [shop.add_person(f"person-{n}") for n in range(3)]
    wish(shop, people[0], *ids, times=3)
    wish(shop, people[1], *ids)
    relate_all(shop.registry)
    assert panel(shop) == []
    wish(shop, people[2], *ids)
    relate_all(shop.registry)
    (related,) = panel(shop)
    assert related["why"] == [{"reason": "wished", "text": "Often saved together"}]
    assert related["slug"] == "two"


def test_the_table_tells_nothing_of_people():
    assert {column.name for column in RelatedCourse.__table__.columns} == {
        *("course_id", "related_id", "position", "wished")
    }


def test_every_reason_stands_on_the_page_and_at_most_six_courses_do(shop):
    for n in range(9):
        shop.add_course(f"course-{n}", tags=["web", "python"])
    relate_all(shop.registry)
    section = shop.get("/courses/course-0").html.find("section", class_="related")
    assert len(section.find_all("article")) == 6
    words = [one.text for one in section.find("ul", class_="why").find_all("li")]
    assert words == ["Also about: web, python", "Same category"]
    compare = section.find_all("a")[-1]["href"]
    assert compare.count("course=") == 4
    assert shop.json(compare.removeprefix("http://localhost")).status_int == 200


def test_nothing_is_shown_where_nothing_is_stored_or_nothing_goes_with_it(shop):
    shop.add_course("one")
    shop.add_course("two", category="others")
    assert shop.get("/courses/one").html.find("section", class_="related") is None
    assert relate_all(shop.registry) == (2, 0)
    assert "panels" not in shop.json("/courses/one").json


def test_what_is_not_published_is_neither_found_nor_shown(shop, backend):
    shop.add_course("one")
    shop.add_course("draft", None)
    two = shop.add_course("two")
    relate_all(shop.registry)
    assert [one["slug"] for one in panel(shop)] == ["two"]
    tag = shop.json("/courses/one").headers["ETag"]
    with shop.writing() as request:
        values = {"status": "archived", "stamp": Course.stamp + 1}
        request.db.execute(update(Course).where(Course.id == two).values(values))
    assert shop.json("/courses/one", If_None_Match=tag).status_int == 200
    assert panel(shop) == []
    assert relate_all(shop.registry) == (2, 2)
    with shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(RelatedCourse)) == 0


def test_the_page_is_known_by_its_etag_until_what_it_shows_changes(shop):
    shop.add_course("one", tags=["web"])
    two = shop.add_course("two", tags=["web"])
    first = shop.get("/courses/one").headers["ETag"]
    relate_all(shop.registry)
    tag = shop.get("/courses/one").headers["ETag"]
    assert tag != first
    assert relate_all(shop.registry) == (2, 0)
    with shop.queries() as sent:
        assert shop.get("/courses/one", If_None_Match=tag).status_int == 304
    assert len(sent) == 2
    shop.add_review(two, shop.add_person("sam"), 5)
    assert shop.get("/courses/one", If_None_Match=tag).status_int == 200
    assert panel(shop)[0]["rating"]["average"] == 5.0


def test_a_reason_that_is_true_no_more_is_not_given(shop):
    shop.add_course("one", tags=["web"])
    two = shop.add_course("two", tags=["web"])
    relate_all(shop.registry)
    with shop.writing() as request:
        values = {"tags": ["cooking"], "stamp": Course.stamp + 1}
        request.db.execute(update(Course).where(Course.id == two).values(values))
    (related,) = panel(shop)
    assert [why["reason"] for why in related["why"]] == ["category"]


def test_the_command_says_what_it_did_and_the_second_time_writes_nothing(shop, tmp_path):
    for slug in ("one", "two", "three"):
        shop.add_course(slug)
    ini = write_ini(tmp_path, shop.engine.url.render_as_string(hide_password=False))
    runs = [courseshop("relate", ini) for _ in range(2)]
    assert [(run.returncode, run.stderr) for run in runs] == [(0, ""), (0, "")]
    assert [run.stdout for run in runs] == [
        "Compared 3 courses; the related courses of 3 changed.\n",
        "Compared 3 courses; the related courses of 0 changed.\n",
    ]
    assert len(panel(shop)) == 2
    with shop.queries() as sent:
        assert relate_all(shop.registry) == (3, 0)
    assert not [statement for statement in sent if not statement.startswith("SELECT")]


def test_two_runs_at_once_store_it_once(shop, monkeypatch):
    monkeypatch.setattr(sys.modules[relate_all.__module__], "COURSES_AT_ONCE", 5)
    for n in range(30):
        shop.add_course(f"course-{n}", tags=["web"])
    lost = []

    def run():
        try:
            relate_all(shop.registry)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown below
            lost.append(error)

    runs = [threading.Thread(target=run) for _ in range(3)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert lost == []
    with shop.reading() as request:
        stored = request.db.scalar(select(func.count()).select_from(RelatedCourse))
    assert stored == 30 * MOST_RELATED
    assert relate_all(shop.registry) == (30, 0)
