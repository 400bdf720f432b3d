"""`courseshop import`: files made to break it; counts of calls stand for time."""

from __future__ import annotations

import json
import sys
from collections import Counter

import pytest
from import_files import load, markdown, page, write

from courseshop.importing import front_matter, markup, page_text, scraped
from courseshop.importing.faults import Faulty


def calls_of(function):
    """Return how often a function calls those written in C, by name."""
    found = Counter()

    def count(_frame, event, argument):
        if event == "c_call":
            found[argument.__name__] += 1

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize("depth", [60, 500, 700, 900, 2_000, 100_000])
@pytest.mark.parametrize("field", ["outline", "other"])
def test_what_is_nested_too_deeply_is_refused(shop, tmp_path, depth, field):
    nested = "[" * depth + "]" * depth
    files = [
        write(tmp_path, "x.json", f'{{"title": "T", "category": "C", "{field}": {nested}}}'),
        markdown(tmp_path, "x.md", more=f"{field}: {nested}"),
    ]
    for report in load(shop, *files, ignore_unknown=True):
        assert report.outcome == "refused"
        assert "nested too deeply" in report.detail


def test_blocks_of_yaml_are_nested_as_well(shop, tmp_path):
    lines = "\n".join(f"{' ' * depth}a:" for depth in range(600))
    assert "nested too deeply" in load(shop, markdown(tmp_path, more=lines))[0].detail


def test_half_a_character_in_a_field_name_is_refused(shop, tmp_path):
    path = write(tmp_path, "x.json", '{"title": "T", "category": "C", "\\ud800k": 1}')
    (report,) = load(shop, path, ignore_unknown=True)
    assert report.detail == r"The field name '\ud800k' is not Unicode."


def test_code_is_found_by_the_parser_and_not_once_more():
    text = " ".join("`" * count for count in range(1, 20))
    one, many = (calls_of(lambda n=n: list(markup.notes(f"{text}\n\n" * n))) for n in (1, 20))
    assert many["sub"] == one["sub"]


def test_comments_on_many_lines_are_found_in_one_pass():
    def read(lines):
        front_matter.read("".join(f"a{at}: b # c\n" for at in range(lines)))

    few, many = (calls_of(lambda lines=lines: read(lines)) for lines in (500, 1_000))
    assert many["count"] <= 1
    assert many.total() < 2.5 * few.total()


def test_a_summary_is_searched_at_the_start_of_a_paragraph(monkeypatch):
    lengths = []

    class Pattern:
        def search(self, text):
            lengths.append(len(text))
            return True

    monkeypatch.setattr(page_text, "ABBREVIATED", Pattern())
    assert len(page_text.summary(["x. " * 10_000])) == page_text.LONGEST_SUMMARY
    assert sum(lengths) < 40_000


def test_only_the_first_faults_are_explained(shop, tmp_path):
    more = "\n".join(f"field{at}: x" for at in range(300))
    lines = load(shop, markdown(tmp_path, more=more))[0].detail.splitlines()
    assert len(lines) == 101
    assert lines[-1] == "There are 200 more faults."
    (report,) = load(shop, markdown(tmp_path, more=more), ignore_unknown=True)
    assert report.notes[0].endswith("field49 and 250 more")


@pytest.mark.parametrize("line", ["x" + " " * 50_000 + "x", "(" * 50_000, "1 " * 25_000])
def test_long_lines_of_a_page_are_no_lessons_and_no_prices(line):
    facts = scraped.read(page(below=f"Course Content\n{line}\nYarn 05:30"))
    assert facts["outline"][-1]["lessons"] == [{"title": "Yarn", "minutes": 6}]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("\tlevel: all", "line 4: This line begins with a tab. Use spaces."),
        ("tags:\n\t- loom", "line 5: This line begins with a tab. Use spaces."),
        ("...\nlevel: all", "line 4: The front matter ends here, with three periods."),
        (f"duration_minutes: {'9' * 5_000}", "duration_minutes: Use a smaller whole number."),
    ],
)
def test_front_matter_is_refused_in_plain_words(shop, tmp_path, more, message):
    assert message in load(shop, markdown(tmp_path, more=more))[0].detail


def test_front_matter_that_ends_with_periods_is_named(shop, tmp_path):
    path = write(tmp_path, "x.md", "---\ntitle: Weaving\n...\nWarp.\n")
    assert load(shop, path)[0].detail.startswith("Three periods end the front matter.")


def test_files_are_refused_in_plain_words(shop, tmp_path):
    latin = tmp_path / "x.md"
    latin.write_bytes(b"\xe9")
    files = [
        latin,
        tmp_path / f"{'x' * 300}.md",
        write(tmp_path, "x.json", f'{{"title": {"9" * 5_000}}}'),
    ]
    assert [one.detail for one in load(shop, *files)] == [
        "This is not UTF-8 text. Save it as UTF-8.",
        "File name too long.",
        "A number has more than 4300 digits.",
    ]


def test_the_faults_of_json_have_the_order_of_its_fields(shop, tmp_path):
    facts = {"title": "T", "category": "C", "one": 1, "level": "x", "two": 2}
    (report,) = load(shop, write(tmp_path, "x.json", json.dumps(facts)))
    fields = [line.split(":")[0] for line in report.detail.splitlines()]
    assert fields == ["one", "level", "two"]


def test_a_page_that_is_none_says_so():
    with pytest.raises(Faulty, match="no line 'About Course'"):
        scraped.unread("x")
