"""`courseshop import`: which course a file means, and what it may do with it."""

from __future__ import annotations

import json

import pytest
from import_files import load, markdown, page, write

from courseshop import importing


def status_of(shop, slug):
    with shop.writing() as request:
        return importing.targets.find_row(request.db, slug).status


@pytest.mark.parametrize("status", ["draft", "archived", "submitted"])
def test_a_namesake_is_not_published_by_an_option(shop, tmp_path, status):
    load(shop, markdown(tmp_path, more=f"slug: weaving\nstatus: {status}"))
    (report,) = load(shop, markdown(tmp_path), publish=True)
    assert (report.outcome, report.detail[:5]) == ("refused", "slug:")
    text = json.dumps({"title": "Weaving", "category": "Crafts", "status": "published"})
    assert load(shop, write(tmp_path, "x.json", text))[0].outcome == "refused"
    assert status_of(shop, "weaving") == status


def test_a_copied_page_publishes_its_own_draft_and_nothing_else(shop, tmp_path):
    path = write(tmp_path, "x.txt", page())
    load(shop, path)
    load(
        shop,
        markdown(
            tmp_path, more="slug: weaving\nstatus: archived\nsummary: Warp.", text="Warp. Weft."
        ),
    )
    assert load(shop, path, publish=True)[0].outcome == "refused"
    assert status_of(shop, "weaving") == "archived"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", "slug: weaving"),
        ("id: five", "slug: weaving"),
        ("slug: weaving\nid: five", "id: five"),
        ("slug: weaving\nid: five", "slug: weaving"),
    ],
)
def test_two_files_that_mean_the_same_row_are_refused(shop, tmp_path, first, second):
    files = [
        markdown(tmp_path, "1.md", more=first),
        markdown(tmp_path, "2.md", title="Something Else", more=second),
    ]
    reports = load(shop, *files)
    assert [one.outcome for one in reports] == ["ready", "refused"]
    assert f"contains the same course as {files[0]}." in reports[1].detail


def test_a_former_slug_means_the_same_row(shop, tmp_path):
    load(shop, markdown(tmp_path, more="id: five"))
    files = [
        markdown(tmp_path, "1.md", more="id: five\nslug: wool"),
        markdown(tmp_path, "2.md", more="slug: weaving"),
    ]
    assert "contains the same course as" in load(shop, *files)[1].detail


def test_all_faults_come_at_once_with_those_of_the_course(shop, tmp_path):
    shop.add_person("ann")
    load(shop, markdown(tmp_path, more="slug: weaving\ninstructors: [ann]"))
    review = "{by: ann, rating: 5, at: 2020-01-01T00:00:00Z}"
    more = f"slug: weaving\nstatus: draft\nlevel: Beginner\nreviews: [{review}]"
    (report,) = load(shop, markdown(tmp_path, more=more))
    assert [line.split(":")[0] for line in report.detail.splitlines()] == [
        "level",
        "reviews",
        "status",
    ]


@pytest.mark.parametrize("new", [True, False])
def test_reviews_by_instructors_and_of_the_future_are_refused(shop, tmp_path, new):
    for name in ("ann", "bob"):
        shop.add_person(name)
    people = "slug: weaving\ninstructors: [ann]"
    if not new:
        load(shop, markdown(tmp_path, more=people))
    reviews = (
        "reviews:\n  - {by: ann, rating: 5, at: 2020-01-01T00:00:00Z}\n"
        "  - {by: bob, rating: 4, at: 2099-01-01T00:00:00Z}"
    )
    more = people if new else "slug: weaving"
    (report,) = load(shop, markdown(tmp_path, more=f"{more}\n{reviews}"))
    assert "reviews: ann teaches this course" in report.detail
    assert "reviews.1.at: This time is in the future." in report.detail


def test_good_files_are_ready_if_the_run_stores_nothing(shop, tmp_path):
    good, bad = markdown(tmp_path, "1.md"), markdown(tmp_path, "2.md", title="'!'")
    assert [one.outcome for one in load(shop, good, bad)] == ["ready", "refused"]
    assert shop.json("/courses").json["items"] == []


@pytest.mark.parametrize("title", ["C++", "'C#'", "Cé", "X" * 90, "漢" * 90])
def test_a_category_gets_a_free_slug(shop, tmp_path, title):
    load(shop, markdown(tmp_path).rename(tmp_path / "0.md"))
    files = [
        write(tmp_path, "1.md", "---\ntitle: One\ncategory: C\n---\n"),
        write(tmp_path, "2.md", f"---\ntitle: Two\ncategory: {title}\n---\n"),
    ]
    assert [one.outcome for one in load(shop, *files)] == ["created"] * 2
    found = shop.json("/courses/two").json["category"]
    assert found["title"] == title.strip("'")
    assert load(shop, files[1])[0].outcome == "unchanged"


def test_a_category_in_other_case_is_the_same(shop, tmp_path):
    for name, title in (("1", "Arts & Crafts"), ("2", "arts & crafts")):
        path = write(tmp_path, f"{name}.md", f"---\ntitle: T{name}\ncategory: {title}\n---\n")
        assert load(shop, path)[0].outcome == "created"
    assert shop.json("/categories").json["total"] == 1


def test_a_category_that_is_too_long_is_refused_with_the_other_faults(shop, tmp_path):
    text = f"---\ntitle: '!'\ncategory: {'x' * 101}\n---\n"
    (report,) = load(shop, write(tmp_path, "x.md", text))
    assert "category: Use at most 100 characters." in report.detail
    assert "title: " in report.detail
