"""The API reference at /api: the contents of /openapi.json as a page."""

from __future__ import annotations

import re

import pytest

from courseshop.domain.shop import shop_of
from courseshop.views.api.types import Piece, words


@pytest.fixture(scope="module")
def page(demo):
    return demo.get("/api").html


@pytest.fixture(scope="module")
def document(demo):
    return demo.json("/openapi.json").json


def test_footer_links_to_api_reference(demo):
    link = demo.get("/courses").html.select_one("footer.site-footer").find("a", string="API")
    assert link["href"] == "http://localhost/api"


def test_every_operation_schema_problem_and_tag_has_an_anchor(page, document):
    ids = {one["id"] for one in page.find_all(id=True)}
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    assert {one["operationId"] for one in operations} <= ids
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= ids
    assert {f"problem-{name}" for name in document["components"]["responses"]} <= ids
    assert {f"tag-{one['name']}" for one in document["tags"]} <= ids


def test_ids_are_unique_and_internal_links_resolve(page):
    ids = [one["id"] for one in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    inner = {one["href"].removeprefix("#") for one in page.find_all(href=re.compile("^#"))}
    assert inner - set(ids) == set()


def test_operation_lists_parameters_examples_and_responses(page):
    shown = page.find(id="post-courses-slug-reviews")
    text = shown.get_text(" ", strip=True)
    assert shown.h3.get_text(strip=True) == "POST/courses/{slug}/reviews"
    for part in (
        "Review a course, as one of its students.",
        "For anybody with an account.",
        "slug path, required",
        "backend-with-python",
        "application/x-www-form-urlencoded",
        '"text": "Short, and *all* of it useful."',
        "201",
        "Location",
    ):
        assert part in text
    assert shown.find("a", href="#schema-ReviewDraft")
    assert shown.find("a", href="#schema-Review")
    assert shown.find("a", href="#problem-Conflict").string == "409"


def test_table_of_contents_comes_first(page):
    nav = page.find("nav", attrs={"aria-labelledby": "contents"})
    assert nav.find("a", href="#get-courses-slug")
    assert nav.find_next("section")["id"] == "tag-account"


def test_json_links_to_api_description(demo):
    assert demo.json("/api").json["links"] == {
        "self": "http://localhost/api",
        "openapi": "http://localhost/openapi.json",
    }


def test_reference_is_rendered_once_and_shows_host_of_request(demo):
    cached = shop_of(demo.registry).reference
    demo.get("/api")
    first = cached["en"]
    answer = demo.get("/api", Host="courses.example")
    assert cached["en"] is first
    assert "http://courses.example/courses/backend-with-python" in answer.text
    assert "localhost:6543" not in answer.text


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, "string"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": "integer", "minimum": 1, "maximum": 5}, "integer, at least 1, at most 5"),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 2},
            "list of string, at most 2",
        ),
        ({"enum": ["a", 1]}, '"a", 1'),
        ({"const": "USD"}, '"USD"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({"type": "boolean", "default": False}, "boolean, by default false"),
        ({}, "anything"),
    ],
)
def test_schema_is_described_in_words(schema, expected):
    assert "".join(piece.text for piece in words(schema)) == expected


def test_named_schema_is_linked():
    found = words({"type": "array", "items": {"$ref": "#/components/schemas/Course"}})
    assert found == [Piece("list of "), Piece("Course", "Course")]
