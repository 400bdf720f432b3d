"""`courseshop import`: the status in files of other systems; nothing is published by accident."""

from __future__ import annotations

import json

import pytest
from import_files import load, markdown, page, write

from courseshop.importing import targets


def status_of(shop):
    with shop.writing() as request:
        return targets.find_row(request.db, "weaving").status


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("draft: true", "draft"),
        ("Draft: yes", "draft"),
        ("published: false", "draft"),
        ("published: no", "draft"),
        ("draft: false", "published"),
        ("published: true", "published"),
    ],
)
@pytest.mark.parametrize("ignore", [True, False])
def test_a_boolean_is_a_status(shop, tmp_path, line, status, ignore):
    (report,) = load(shop, markdown(tmp_path, more=line), ignore_unknown=ignore)
    assert report.outcome == "created", report.detail
    assert status_of(shop) == status


def test_a_boolean_of_json_is_a_status(shop, tmp_path):
    text = json.dumps({"title": "Weaving", "category": "Crafts", "draft": True})
    load(shop, write(tmp_path, "x.json", text))
    assert status_of(shop) == "draft"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("draft: almost", "draft: Write status: draft"),
        ("visible: false", "visible: Unknown field. Write status: draft"),
        ("state: unfinished", "state: Unknown field. Write status: draft"),
        ("draft: true\nstatus: published", "draft: The file also has a status."),
        ("draft: true\npublished: true", "published: The file also has a status."),
    ],
)
def test_a_field_that_may_hide_a_course_is_never_ignored(shop, tmp_path, lines, message):
    (report,) = load(shop, markdown(tmp_path, more=lines), ignore_unknown=True)
    assert report.outcome == "refused"
    assert message in report.detail


def test_a_field_that_hides_nothing_is_ignored(shop, tmp_path):
    (report,) = load(shop, markdown(tmp_path, more="visible: true"), ignore_unknown=True)
    assert report.notes == ("ignored: visible",)


def test_a_time_of_publication_that_is_left_out_is_noted(shop, tmp_path):
    more = "published: 2026-01-02T03:04:05Z\nstatus: draft"
    (report,) = load(shop, markdown(tmp_path, more=more))
    assert report.notes == ("published: left out, because the course is not published",)


def test_a_page_with_a_price_is_no_free_course(shop, tmp_path):
    path = write(
        tmp_path, "x.txt", page(below="$1,299.00\nAdd to cart\nLevel: Beginner\nDuration: 3h")
    )
    (refused,) = load(shop, path, publish=True)
    assert refused.detail.startswith("price: The page shows $1,299.00, which is not read.")
    (report,) = load(shop, path)
    assert report.notes[0] == "not read: $1,299.00, Level: Beginner, Duration: 3h"
    assert status_of(shop) == "draft"


def test_a_new_category_of_a_page_is_noted(shop, tmp_path):
    path = write(tmp_path, "x.txt", page())
    assert load(shop, path)[0].notes == ("new category: Crafts",)
    assert load(shop, path)[0].notes == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", {"value": "49.00", "currency": "USD"}),
        ("price", {"amount": None, "currency": "USD"}),
        ("price", {"amount": "49.00", "currency": "USD", "discount": "10"}),
        ("about", {"text": "Hello."}),
    ],
)
def test_an_object_of_another_shape_is_refused(shop, tmp_path, field, value):
    text = json.dumps({"title": "Weaving", "category": "Crafts", field: value})
    (report,) = load(shop, write(tmp_path, "x.json", text))
    assert report.detail.startswith(f"{field}: Write ")
