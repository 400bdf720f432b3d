"""`courseshop import`: files of other systems; all errors are reported at once, with hints."""

from __future__ import annotations

import sqlite3

import pytest
from helpers import write_ini
from operating import courseshop
from sqlalchemy.exc import OperationalError

from courseshop import importing, scripts


def load(shop, *paths, **options):
    with shop.writing() as request:
        reports = importing.run(request, paths, importing.Options(**options))
        if any(report.outcome == "refused" for report in reports):
            request.tm.doom()
    return reports


def write(folder, text, name="x.md"):
    path = folder / name
    path.write_text(text)
    return path


def fault_of(shop, tmp_path, line):
    """Return the importer's message about a file with this line."""
    path = write(tmp_path, f"---\ntitle: Weaving\ncategory: Crafts\n{line}\n---\nWarp.\n")
    (report,) = load(shop, path)
    assert report.outcome == "refused"
    return report.detail


LESSON = """---
layout: lesson
title: Counting Threads
teaching: 10
exercises: 5
objectives:
  - "Count threads"
---

::::::::::::: questions
- How many?
:::::::::::::

Read [the setup](../setup.md) and ![a loom](fig/loom.png), or [the web](https://loom.example/).
{: .callout}

~~~
$ ls {: .not-this} ::: [x](nor/this)
~~~
{: .language-bash}

`{% raw %}` is code, {% include loom.html %} is not. <div class="x">
"""
COURSE = """---
layout: course
title: Algorithms for Looms
description: How patterns become code.
instructor: Ada Alder
year: 2024
draft: false
weight: 10  # order in the menu
levels: [beginner]
taxonomy:
  category: [textile]
schedule:
  - week: 1
    topic: Intro
    topic: Warp
---
> [!NOTE]
> Bring yarn.
"""


def test_foreign_files_can_be_imported_with_two_options(shop, tmp_path):
    files = [write(tmp_path, LESSON, "lesson.md"), write(tmp_path, COURSE, "course.md")]
    reports = load(shop, *files, category="Textiles", ignore_unknown=True)
    assert [one.outcome for one in reports] == ["created", "created"], reports
    assert reports[0].notes == (
        "ignored: layout, teaching, exercises, objectives",
        "relative links lead nowhere in the shop: ../setup.md, fig/loom.png",
        "kramdown attributes show as text: {: .callout}, {: .language-bash}",
        "::: fences show as text: ::::::::::::: questions, :::::::::::::",
        "template tags show as text: {% include loom.html %}",
        'HTML shows as text: <div class="x">',
    )
    assert "[!…] marks show as text: [!NOTE]" in reports[1].notes
    course = shop.json("/courses/algorithms-for-looms").json
    assert course["category"]["title"] == "Textiles"


def test_all_errors_of_all_files_are_reported_at_once(shop, tmp_path):
    text = (
        "---\ntitle: '!'\nlevel: Beginner\nlanguage: pt_BR\ndescription: x\nsummary: y #1\n"
        "instructors: [nobody]\nprice: free\nreviews:\n  - {by: x y, rating: 9, at: today}\n"
        "  - {by: someone, rating: 1, at: 2026-01-01T00:00:00Z}\n---\n[a](b.md)\n"
    )
    reports = load(shop, write(tmp_path, text, "1.md"), write(tmp_path, "{", "2.json"))
    assert [one.outcome for one in reports] == ["refused", "refused"]
    fields = [line.partition(":")[0] for line in reports[0].detail.splitlines()]
    assert " ".join(sorted(fields)) == (
        "category description instructors language level price "
        "reviews reviews.0.at reviews.0.by reviews.0.rating summary title"
    )
    assert reports[0].notes == ("relative links lead nowhere in the shop: b.md",)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("description: x", "summary"),
        ("abstract: x", "summary"),
        ("instructor: ann", "instructors"),
        ("Authors: [ann]", "instructors"),
        ("prerequisites: x", "requirements"),
        ("duration: 6 weeks", "duration_minutes, in whole minutes"),
        ("learning-objectives: [x]", "outcomes"),
        ("learningObjectives: [x]", "outcomes"),
        ("difficulty: easy", "level"),
        ("keywords: [x]", "tags"),
        ("date: 2024-05-01", "published"),
        ("Summary: x", "summary"),
        ("sumary: x", "summary"),
    ],
)
def test_error_about_an_unknown_field_suggests_a_known_one(shop, tmp_path, line, hint):
    assert fault_of(shop, tmp_path, line).endswith(f": Unknown field. Did you mean {hint}?")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("level: Beginner", "beginner"),
        ("level: introductory", "beginner"),
        ("level: Expert", "advanced"),
        ("level: All Levels", "all"),
        ("level: all-levels", "all"),
        ("level: For all levels", "all"),
        ("status: Waiting for a moderator", "submitted"),
        ("language: pt_BR", "pt-BR"),
        ("language: EN", "en"),
        ("language: Portuguese", "pt"),
        ("status: Draft", "draft"),
        ("slug: My Course", "my-course"),
    ],
)
def test_error_about_a_misspelled_value_suggests_the_right_one(shop, tmp_path, line, hint):
    assert fault_of(shop, tmp_path, line).endswith(f"Did you mean {hint}?")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tags: loom", "tags: Write a list, such as [loom]."),
        ("price: free", "price: Enter an amount such as 19.90"),
        ("published: 2024-05-01", "published: Write a time with its offset"),
        ("instructors: [Ada Alder]", "instructors.0: Use usernames of this shop"),
        ("summary: |\n  a\n  b", "summary: Write it in one line."),
        ("layout: course", "layout: Unknown field."),
        ("link: ''", "link: Unknown field."),
        ("level: For all levels", "level: Choose one of: all, beginner, intermediate, advanced."),
        ("status: In review", "published, archived. Did you mean submitted?"),
        ("duration_minutes: .5", "duration_minutes: Use a whole number."),
        ("price: [1]", "price: Write one number, not a list."),
        ("subtitle: [a, b]", "subtitle: Write a text, not a list."),
        ("outline: [{name: a}]", "outline.0.name: Unknown field. Did you mean title?"),
        ("outline: [{title: a, lessons: [{title: b, duration_minutes: 1}]}]", "mean minutes?"),
        ("outline: [{title: a, tags: []}]", "outline.0.tags: Unknown field."),
        ("outline: [{title: a, lessons: [{name: b}]}]", "outline.0.lessons.0.name: Unknown field."),
    ],
)
def test_errors_are_in_plain_words(shop, tmp_path, line, message):
    assert message in fault_of(shop, tmp_path, line)


@pytest.mark.parametrize("category", ["''", "'  '", "", "~"])
def test_the_option_helps_a_file_with_an_empty_category(shop, tmp_path, category):
    path = write(tmp_path, f"---\ntitle: Weaving\ncategory: {category}\n---\n")
    assert "Add --category NAME" in load(shop, path)[0].detail
    assert load(shop, path, category="Textiles")[0].outcome == "created"


def test_a_list_is_no_category(shop, tmp_path):
    path = write(tmp_path, "---\ntitle: Weaving\ncategory: [A, B]\n---\n")
    assert load(shop, path)[0].detail == "category: Write one category."


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("## Head {#head .x}", "Pandoc attributes show as text: {#head .x}"),
        ('![p](https://x.example/a.png){alt="y"}', 'Pandoc attributes show as text: {alt="y"}'),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "tables show as text: | a | b |"),
        ("[step]x[/step]", "shortcodes show as text: [/step]"),
        ("[x]()", "relative links lead nowhere in the shop: (empty)"),
    ],
)
def test_markup_of_other_systems_is_noted(shop, tmp_path, text, note):
    path = write(tmp_path, f"---\ntitle: Weaving\ncategory: Crafts\n---\n{text}\n")
    assert load(shop, path)[0].notes == (note,)


def test_links_without_a_scheme_and_code_are_not_noted(shop, tmp_path):
    text = "[a](//x.example/) `{#a .b}` {a} [b]: | c"
    path = write(tmp_path, f"---\ntitle: Weaving\ncategory: Crafts\n---\n{text}\n")
    assert load(shop, path)[0].notes == ()


def test_unknown_nested_fields_can_be_ignored(shop, tmp_path):
    line = "outline: [{title: a, video: x, lessons: [{title: b, file: y}]}]"
    path = write(tmp_path, f"---\ntitle: Weaving\ncategory: Crafts\n{line}\n---\n")
    (report,) = load(shop, path, ignore_unknown=True)
    assert report.notes == ("ignored: outline.0.lessons.0.file, outline.0.video",)
    outline = shop.json("/courses/weaving").json["outline"]
    assert outline == [{"title": "a", "lessons": [{"id": None, "title": "b", "minutes": 0}]}]


def test_errors_inside_ignored_fields_do_not_matter(shop, tmp_path):
    more = "ms.topic: tutorial  # required\nparams:\n  a: 1\n  a: 2\n"
    path = write(tmp_path, f"---\ntitle: Weaving\ncategory: Crafts\n{more}---\n")
    (report,) = load(shop, path, ignore_unknown=True)
    assert report.notes == ("ignored: ms.topic, params",)


def test_toml_front_matter_is_refused_by_name(shop, tmp_path):
    (report,) = load(shop, write(tmp_path, '+++\ntitle = "Weaving"\n+++\n'))
    assert "is TOML" in report.detail


def test_category_option_applies_only_to_files_without_a_category(shop, tmp_path):
    page = write(tmp_path, "Weaving\nWishlist Share\nAbout Course\nWarp.\n", "page.txt")
    named = write(tmp_path, "---\ntitle: Wool\ncategory: Crafts\n---\n")
    load(shop, page, named, category="Textiles", publish=True)
    assert shop.json("/courses/weaving").json["category"]["title"] == "Textiles"
    assert shop.json("/courses/wool").json["category"]["title"] == "Crafts"


def test_command_prints_one_error_per_line_and_suggests_options(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    courseshop("init", ini)
    path = write(tmp_path, LESSON)
    done = courseshop("import", ini, path)
    assert done.returncode == 1
    assert "          teaching: Unknown field. Did you mean duration_minutes" in done.stderr
    assert "Add --category NAME" in done.stderr
    assert "add --ignore-unknown" in done.stderr
    done = courseshop("import", ini, path, "--category", "Crafts", "--ignore-unknown")
    assert done.stdout.startswith(
        f"created   {path}  /courses/counting-threads\n          ignored: "
    )


def test_the_command_says_that_somebody_else_writes(tmp_path, monkeypatch):
    def locked(*_arguments):
        cause = sqlite3.OperationalError("database is locked")
        cause.sqlite_errorname = "SQLITE_BUSY"
        raise OperationalError("BEGIN", {}, cause)

    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    courseshop("init", ini)
    monkeypatch.setattr(scripts, "import_courses", locked)
    done = courseshop("import", ini, tmp_path / "x.md")
    assert (done.returncode, done.stderr) == (
        1,
        "Error: Somebody else is writing to the shop. Try again.\n",
    )
