"""Related courses: computed by a command, from aggregated data, and shown with reasons."""

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
    """Add courses to `times` wishlists of a person; the last course is the newest wish."""
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


def test_shared_tags_rank_before_category_and_rare_tags_first():
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


def test_tags_match_in_any_case(shop):
    shop.add_course("one", tags=["Python", "Web"])
    shop.add_course("two", category="others", tags=["PYTHON"])
    relate_all(shop.registry)
    (related,) = panel(shop)
    assert related["why"] == [{"reason": "tags", "text": "Also about: Python", "tags": ["Python"]}]


def test_joint_wishes_rank_first_and_need_three_people():
    courses = [facts(1), facts(2), facts(3, 2), facts(4, 2)]
    wishes = [(person, course) for person in range(FEWEST_PEOPLE) for course in (1, 3)]
    wishes += [(person, 4) for person in range(FEWEST_PEOPLE - 1)]
    assert Similarity(courses, wishes).related(1) == [Found(3, wished=True), Found(2, wished=False)]


def test_course_wished_by_everyone_ranks_lower():
    courses = [facts(n, n) for n in (1, 2, 3)]
    wishes = [(person, course) for person in range(4) for course in (1, 2, 3)]
    wishes += [(person, 3) for person in range(10, 60)]
    assert found(courses, wishes) == [2, 3]


def test_number_of_scored_courses_is_bounded():
    class Counting(Similarity):
        scored = 0

        def score(self, *facts):
            self.scored += 1
            return super().score(*facts)

    crowd = Counting([facts(n, tags=["a", "b"], students=n) for n in range(2_000)], ())
    assert len(crowd.related(7)) == MOST_RELATED
    assert crowd.scored <= 3 * MOST_IN_A_POOL


def test_only_newest_wishes_of_a_person_count():
    courses = [facts(n, n) for n in range(500)]
    wishes = [(person, course) for person in range(3) for course in range(499, -1, -1)]
    similarity = Similarity(courses, wishes)
    assert len(similarity.related(499)) == MOST_RELATED
    assert similarity.related(499 - MOST_WISHES) == []


def test_several_lists_of_one_person_count_once(shop):
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


def test_table_stores_nothing_about_people():
    assert {column.name for column in RelatedCourse.__table__.columns} == {
        *("course_id", "related_id", "position", "wished")
    }


def test_page_shows_reasons_and_at_most_six_courses(shop):
    for n in range(9):
        shop.add_course(f"course-{n}", tags=["web", "python"])
    relate_all(shop.registry)
    section = shop.get("/courses/course-0").html.find("section", class_="related")
    assert len(section.find_all("article")) == 6
    words = section.find(class_="why").text.split(" · ")
    assert words == ["Also about: web, python", "Same category"]
    compare = section.find("a", string="Compare with related courses")["href"]
    assert compare.count("course=") == 4
    assert shop.json(compare.removeprefix("http://localhost")).status_int == 200


def test_section_is_absent_without_related_courses(shop):
    shop.add_course("one")
    shop.add_course("two", category="others")
    assert shop.get("/courses/one").html.find("section", class_="related") is None
    assert relate_all(shop.registry) == (2, 0)
    assert "panels" not in shop.json("/courses/one").json


def test_unpublished_courses_are_neither_stored_nor_shown(shop, backend):
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


def test_etag_changes_with_related_courses(shop):
    shop.add_course("one", tags=["web"])
    two = shop.add_course("two", tags=["web"])
    first = shop.get("/courses/one").headers["ETag"]
    relate_all(shop.registry)
    tag = shop.get("/courses/one").headers["ETag"]
    assert tag != first
    assert relate_all(shop.registry) == (2, 0)
    with shop.queries() as sent:
        assert shop.get("/courses/one", If_None_Match=tag).status_int == 304
    assert len(sent) == 3
    shop.add_review(two, shop.add_person("sam"), 5)
    assert shop.get("/courses/one", If_None_Match=tag).status_int == 200
    assert panel(shop)[0]["rating"]["average"] == 5.0


def test_outdated_reason_is_not_shown(shop):
    shop.add_course("one", tags=["web"])
    two = shop.add_course("two", tags=["web"])
    relate_all(shop.registry)
    with shop.writing() as request:
        values = {"tags": ["cooking"], "stamp": Course.stamp + 1}
        request.db.execute(update(Course).where(Course.id == two).values(values))
    (related,) = panel(shop)
    assert [why["reason"] for why in related["why"]] == ["category"]


def test_command_reports_changes_and_second_run_writes_nothing(shop, tmp_path):
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


def test_concurrent_runs_store_related_courses_once(shop, monkeypatch):
    monkeypatch.setattr(sys.modules[relate_all.__module__], "COURSES_AT_ONCE", 5)
    for n in range(30):
        shop.add_course(f"course-{n}", tags=["web"])
    errors = []

    def run():
        try:
            relate_all(shop.registry)
        except Exception as error:  # noqa: BLE001 - any error fails the test below
            errors.append(error)

    runs = [threading.Thread(target=run) for _ in range(3)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert errors == []
    with shop.reading() as request:
        stored = request.db.scalar(select(func.count()).select_from(RelatedCourse))
    assert stored == 30 * MOST_RELATED
    assert relate_all(shop.registry) == (30, 0)
