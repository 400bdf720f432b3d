"""The worst text for each text parameter needs a bounded number of calls, and gets no 5xx."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from helpers import JSON
from sqlalchemy import update
from writers import FULL, REVIEWS, SLUG, URL, Writer, enrolled, publish

from courseshop.domain import markdown
from courseshop.models import Course, Review
from courseshop.services.search.words import LONGEST_TERM, fold

if TYPE_CHECKING:
    from collections.abc import Iterator

# A request takes 5,000 to 30,000 calls, and a million calls take about 100 ms.
MOST_CALLS = 1_000_000
# One letter that folds to 18, letters that are stored as codes, marks, long words, many words.
BAD_WORDS = {
    "ligatures": "\ufdfa",
    "one short word of ligatures": "\ufdfa \ufdfa\ufdfa\ufdfa ",
    "Cyrillic": "\u0436",
    "marks": "a\u0301\u0344",
    "Hangul": "\ud7a3",
    "Thai": "\u0e01\u0e33",
    "words": "qx ",
    "strange words": "qxzvwpkjhgfdqxzvwpkjhgfdqxzvwp ",
    "wildcards": "%_",
    "invisible characters": "a\u00ad\u00fc-",
}
# Nested and repeated Markdown.
BAD_MARKDOWN = {
    **BAD_WORDS,
    "items": "- a\n",
    "nested items": "- ",
    "quotes": "> a\n",
    "open brackets": "[",
    "open links": "[a](b",
    "broken links": "[a\n",
    "autolinks": "<http://a.b> ",
    "marks of emphasis": "**a",
    "headings": "# a\n",
    "paragraphs": "a\n\n",
    "ticks": "`a",
    "references": "[a]: b\n",
}
QUERIES = (
    "/courses?q=",
    "/courses?tag=",
    "/courses?instructor=",
    "/courses/suggestions?q=",
    "/categories/things?q=",
    f"{REVIEWS}?q=",
    "/account/login?came_from=/",
    "/courses/",
    "/people/",
)
COURSE = {
    **dict.fromkeys(("title", "subtitle"), 150),
    "summary": 300,
    "about.markdown": 50_000,
    "category": 100,
    **{f"{name}.0": 200 for name in ("tags", "outcomes", "requirements", "audience")},
    "outline.0.title": 200,
    "outline.0.lessons.0.title": 200,
}


@contextmanager
def counted_calls() -> Iterator[list[int]]:
    """Count the calls of Python and C functions in this thread."""
    calls = [0]

    def count(_frame, event, _arg):
        if event in {"call", "c_call"}:
            calls[0] += 1

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def filled(piece, length):
    return (piece * length)[:length]


def with_text(path, text):
    """Return the JSON of a patch that sets one text at a dotted path."""
    value = text
    for name in reversed(path.split(".")):
        value = [value] if name == "0" else {name: value}
    return value


def check(send, *args, **options):
    with counted_calls() as calls:
        response = send(*args, **options)
    assert response.status_int < 500, response.text
    assert calls[0] < MOST_CALLS, calls[0]
    return response


@pytest.fixture
def writer(shop):
    writer = Writer(shop, "ann")
    writer.write(**{**FULL, "slug": SLUG, "price": {"amount": "0.00", "currency": "USD"}})
    publish(shop, URL)
    return writer


@pytest.mark.parametrize("piece", BAD_WORDS.values(), ids=BAD_WORDS)
def test_no_query_of_a_guest_is_expensive(shop, writer, piece):
    for url in QUERIES:
        for length in (4, 12, 60, 200, 600):
            address = url + quote(filled(piece, length))
            check(shop.app.get, address, headers=JSON, expect_errors=True)


@pytest.mark.parametrize("piece", BAD_MARKDOWN.values(), ids=BAD_MARKDOWN)
def test_no_text_of_a_course_is_expensive(writer, piece):
    for path, length in COURSE.items():
        check(writer.patch, URL, with_text(path, filled(piece, length)))
    about = {"about": {"markdown": filled(piece, markdown.LONGEST)}}
    check(writer.post, f"{URL}/preview", about)


@pytest.mark.parametrize("piece", BAD_MARKDOWN.values(), ids=BAD_MARKDOWN)
def test_no_text_of_a_review_or_wishlist_is_expensive(shop, writer, piece):
    sam = enrolled(shop)
    review = sam.post(REVIEWS, {"rating": 4}).location
    check(sam.patch, review, {"text": filled(piece, 5_000)})
    check(writer.ask, "PUT", f"{review}/reply", {"text": filled(piece, 5_000)})
    check(writer.post, f"{review}/reports", {"reason": "spam", "comment": filled(piece, 1_000)})
    check(sam.post, "/wishlists", {"name": filled(piece, 100)})
    check(sam.ask, "PUT", f"/wishlists/default/{SLUG}", {"note": filled(piece, 1_000)})
    check(sam.patch, "/account", {"name": filled(piece, 100)})


COMBINED_MARKDOWN = {
    "lazy lines below quotes": "> " * 19 + "a\n" + "b\n" * 24_000,
    "lazy lines below lists and quotes": "1. > " * 9 + "a\n" + "b\n" * 16_000,
    "a long URL": "[a]: http://x.de/" + "\U0001f600" * 49_000,
    "links to a long URL": "[a]: /" + "x" * 1_900 + "\n\n" + "[a]" * 15_000,
    "links with a long title": '[a]: /x "' + "t" * 5_000 + '"\n\n' + "[a]" * 2_500,
}


@pytest.mark.parametrize("text", COMBINED_MARKDOWN.values(), ids=COMBINED_MARKDOWN)
def test_no_combination_of_markdown_is_expensive(writer, text):
    check(writer.post, f"{URL}/preview", {"about": {"markdown": text}})


@pytest.mark.parametrize("text", COMBINED_MARKDOWN.values(), ids=COMBINED_MARKDOWN)
def test_html_is_not_much_longer_than_its_markdown(text):
    try:
        html = markdown.render(text)
    except markdown.TooComplex:
        html = ""
    assert len(html) < 10 * markdown.LONGEST


def test_too_complex_stored_text_does_not_block_other_edits(shop, writer):
    sam, text = enrolled(shop), filled("a\n\n", 50_000)
    review = sam.post(REVIEWS, {"rating": 4, "text": "Good."}).location
    with shop.writing() as request:
        request.db.execute(update(Course).values(about_markdown=text, about_html="<p>a</p>"))
        request.db.execute(update(Review).values(text_markdown=text, text_html="<p>a</p>"))
    assert writer.patch(URL, {"summary": "New."}).status_int == 200
    assert sam.patch(review, {"rating": 5}).status_int == 200
    assert shop.json(URL).json["about"] == {"markdown": text, "html": "<p>a</p>"}
    assert shop.json(review).json["text"] == {"markdown": text, "html": "<p>a</p>"}


def test_review_search_uses_at_most_ten_words(shop, writer):
    sam = enrolled(shop)
    sam.post(REVIEWS, {"rating": 4, "text": "one two three"})
    words = "one two three one two three one two three one two three nothing"
    assert shop.json(f"{REVIEWS}?q={quote(words)}").json["total"] == 0
    with shop.queries() as sent:
        shop.json(f"{REVIEWS}?q={quote('a b c d e f g h i j k l m n o p')}")
    assert max(one.upper().count(" LIKE ") for one in sent) <= 10


def test_word_is_folded_only_up_to_length_of_term():
    assert len(fold("\ufdfa" * 50_000)) == LONGEST_TERM
    assert len(fold("a" * 50_000)) == LONGEST_TERM


def test_a_dense_description_of_full_length_can_be_rendered():
    part = "## Part\n\n*One* **two** [three](https://e.org).\n\n- four\n- five\n\n" + "Words. " * 40
    assert "<h3>" in markdown.render(filled(part + "\n\n", markdown.LONGEST))


@pytest.mark.parametrize("piece", ["- a\n", "[a\n", "[", "**a", "a\n\n", "<http://a.b> "])
def test_markdown_with_too_many_parts_is_refused(writer, piece):
    about = {"about": {"markdown": filled(piece, markdown.LONGEST)}}
    refused = writer.patch(URL, about)
    (fault,) = refused.json["errors"]
    assert (refused.status_int, fault["field"]) == (422, "about.markdown")
    assert fault["message"].startswith("This text has too much formatting.")
