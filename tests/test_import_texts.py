"""`courseshop import`: values stay as written, and files find their courses by id or slug."""

from __future__ import annotations

import json

import pytest

from courseshop import importing

FILE = "---\ntitle: {title}\ncategory: Crafts\n{more}---\n{text}\n"


def load(shop, *paths):
    with shop.writing() as request:
        reports = importing.run(request, paths)
        if any(report.outcome == "refused" for report in reports):
            request.tm.doom()
    return reports


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def course_file(folder, name="x.md", title="Weaving", more="", text="Warp and weft."):
    return write(folder, name, FILE.format(title=title, more=more, text=text))


@pytest.mark.parametrize(
    "title",
    ["2024-05-01", "1984", "3.10", "no", "On", "1e3", "0x1F", "12:30:45", "Null", "007", "1_000"],
)
def test_title_that_looks_like_another_yaml_type_stays_as_written(shop, tmp_path, title):
    (report,) = load(
        shop, course_file(tmp_path, title=title, more=f"slug: x\ntags: [{title}, ~]\n")
    )
    assert report.outcome == "created", report.detail
    course = shop.json("/courses/x").json
    assert (course["title"], course["tags"]) == (title, [title, "~"])


def test_a_field_without_a_value_is_left_out(shop, tmp_path):
    (report,) = load(shop, course_file(tmp_path, more="subtitle:\nsummary: ~\ntags: null\n"))
    assert report.outcome == "created", report.detail
    assert shop.json("/courses/weaving").json["subtitle"] == ""


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("summary: Weaving #1\n", "summary"),
        ("summary: #weaving\n", "summary"),
        ('summary: "Weaving" #1\n', "summary"),
        ("summary: > #1\n  Weaving\n", "summary"),
        ("tags:\n  - loom\n  - C # 2\n", "tags"),
        ("tags: [loom] #C\n", "tags"),
        ("summary: &loom Weaving\n", "summary"),
        ("summary: !Loom Weaving\n", "summary"),
    ],
)
def test_text_that_yaml_would_drop_is_reported(shop, tmp_path, more, field):
    (report,) = load(shop, course_file(tmp_path, more=more))
    assert report.outcome == "refused"
    assert report.detail.startswith(f"{field}: ")
    assert "in quotes" in report.detail


def test_quoted_value_keeps_its_hash_and_comment_lines_are_ignored(shop, tmp_path):
    more = "# about the loom\nsummary: C#, F# and http://x.example/#y\nslug: x\n"
    (report,) = load(shop, course_file(tmp_path, title='"Weaving #1"', more=more))
    assert report.outcome == "created", report.detail
    course = shop.json("/courses/x").json
    assert course["title"] == "Weaving #1"
    assert course["summary"] == "C#, F# and http://x.example/#y"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("Weaving: first steps", "line 2: mapping values are not allowed"),
        ("@home", "line 2: "),
        ("*Weaving*", "line 2: "),
        ("*Weaving", "line 2: Put the value in quotes: * has a meaning in YAML."),
        ("&a [*a]", "line 2: Put the value in quotes: * has a meaning in YAML."),
        ("[" * 2_000, "line 2: "),
    ],
)
def test_invalid_yaml_is_refused_with_its_line_and_a_hint(shop, tmp_path, value, why):
    (report,) = load(shop, course_file(tmp_path, title=value))
    assert report.outcome == "refused"
    assert why in report.detail
    assert "in quotes" in report.detail


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ("summary: a\nsummary: b\n", "summary"),
        ("outline:\n  - title: a\n    title: b\n", "outline.0.title"),
        ("reviews:\n  - {by: ann, by: bob}\n", "reviews.0.by"),
    ],
)
def test_duplicate_field_is_refused(shop, tmp_path, more, field):
    (report,) = load(shop, course_file(tmp_path, more=more))
    assert report.outcome == "refused"
    assert f"{field}: This field is given twice." in report.detail


def test_duplicate_field_in_json_is_refused(shop, tmp_path):
    text = '{"title": "a", "category": "b", "title": "c", "published": null, "published_at": null}'
    (report,) = load(shop, write(tmp_path, "x.json", text))
    assert "title: This field is given twice." in report.detail
    assert "published: The file also has published_at." in report.detail


def test_text_in_both_front_matter_and_body_is_refused(shop, tmp_path):
    (report,) = load(shop, course_file(tmp_path, more="about: One\n", text="Two"))
    assert report.detail.startswith("about: The file also has a text below")
    path = course_file(tmp_path, more="about: One\n", text="")
    assert load(shop, path)[0].outcome == "created"
    assert shop.json("/courses/weaving").json["about"]["markdown"] == "One"


@pytest.mark.parametrize("published", ["5", "'1767323045'", "1.5e9"])
def test_number_is_refused_as_a_time(shop, tmp_path, published):
    (report,) = load(shop, course_file(tmp_path, more=f"published: {published}\n"))
    assert "published: Enter a date and time" in report.detail


@pytest.mark.databases
def test_same_title_never_changes_another_course(shop, tmp_path):
    load(shop, course_file(tmp_path, text="The first course."))
    (report,) = load(shop, course_file(tmp_path, text="Another course."))
    assert report.outcome == "refused"
    assert "Another course, weaving, already has this title" in report.detail
    assert shop.json("/courses/weaving").json["about"]["markdown"] == "The first course."
    path = course_file(tmp_path, text="Another course.", more="slug: weaving-wool\n")
    assert load(shop, path)[0].outcome == "created"


@pytest.mark.parametrize(("old", "new"), [("published", "archived"), ("draft", "published")])
def test_an_equal_title_never_changes_the_status_of_a_course(shop, tmp_path, old, new):
    load(shop, course_file(tmp_path, more=f"status: {old}\n"))
    (report,) = load(shop, course_file(tmp_path, more=f"status: {new}\n"))
    assert (report.outcome, report.detail[:5]) == ("refused", "slug:")
    assert "Another course, weaving, already has this title" in report.detail


def test_a_file_with_a_slug_changes_that_course(shop, tmp_path):
    load(shop, course_file(tmp_path))
    path = course_file(tmp_path, title="Weaving Wool", more="slug: weaving\n")
    assert load(shop, path)[0].outcome == "changed"
    assert shop.json("/courses/weaving").json["title"] == "Weaving Wool"


@pytest.mark.databases
def test_file_with_an_id_finds_its_course_despite_new_title_and_slug(shop, tmp_path):
    load(shop, course_file(tmp_path, more="id: crafts/7\n"))
    assert load(shop, course_file(tmp_path, more="id: crafts/7\n"))[0].outcome == "unchanged"
    path = course_file(tmp_path, title="Wool", more="id: crafts/7\nslug: wool\n")
    assert load(shop, path)[0].outcome == "changed"
    assert shop.json("/courses/wool").json["title"] == "Wool"
    assert len(shop.json("/courses").json["items"]) == 1


def test_equal_titles_with_different_ids_are_different_courses(shop, tmp_path):
    files = [course_file(tmp_path, f"{n}.md", more=f"id: {n}\n") for n in (1, 2)]
    assert [report.detail for report in load(shop, *files)] == [
        "/courses/weaving",
        "/courses/weaving-2",
    ]
    assert [report.outcome for report in load(shop, *files)] == ["unchanged"] * 2


def test_id_and_slug_of_different_courses_are_refused(shop, tmp_path):
    load(shop, course_file(tmp_path, more="id: one\n"))
    load(shop, course_file(tmp_path, title="Wool", more="id: two\n"))
    (report,) = load(shop, course_file(tmp_path, title="Wool", more="id: one\nslug: wool\n"))
    assert report.detail == "id: This id belongs to a different course, weaving."


def test_two_files_with_the_same_title_need_a_slug_or_an_id(shop, tmp_path):
    files = [course_file(tmp_path, f"{n}.md") for n in (1, 2)]
    assert "Give them a slug or an id." in load(shop, *files)[1].detail


def test_id_in_json_may_be_a_number(shop, tmp_path):
    text = json.dumps({"id": 7, "title": "Weaving", "category": "Crafts"})
    assert load(shop, write(tmp_path, "x.json", text))[0].outcome == "created"
