"""A picture in a Markdown text becomes a link, and its author is told."""

from __future__ import annotations

import pytest
from browsing import form_with
from writers import URL, enrolled

from courseshop.domain import markdown

NOTICE = "Images in the description are shown as links."
PICTURE = "See ![a *loaf*](https://example.org/loaf.png)!"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("![a *loaf*](b.png)", '<a href="b.png" {}>a loaf</a>'),
        ('![](https://x.org/b.png "t")', '<a href="https://x.org/b.png" {}>b.png</a>'),
        ("![loaf][1]\n\n[1]: b.png", '<a href="b.png" {}>loaf</a>'),
        ("[![build](b.svg)](https://x.org)", '<a href="https://x.org" {}>build</a>'),
        ("![![a](b.png)](c.png)", '<a href="c.png" {}>a</a>'),
        ("![a [b](c)](d.png)", '<a href="d.png" {}>a b</a>'),
        ("![dot](data:image/png;base64,AAAA)", "dot"),
        ("`![a](b)` \\![a](b)", '<code>![a](b)</code> !<a href="b" {}>a</a>'),
        ("Bread![1](b)", 'Bread<a href="b" {}>1</a>'),
    ],
)
def test_picture_becomes_plain_link(source, shown):
    rel = 'rel="nofollow ugc noopener"'
    assert markdown.render(source).strip() == f"<p>{shown.format(rel)}</p>"


def test_has_pictures_detects_only_pictures():
    assert markdown.has_pictures(PICTURE)
    assert not markdown.has_pictures("`![a](b)` \\![a](b) [a](b)! ![a]")


def test_preview_says_that_pictures_become_links(teacher):
    form = form_with(teacher.browser().get(f"{URL}/edit"), "Preview")
    form.action = f"{URL}/preview"
    for text, noticed in ((PICTURE, True), ("No ![picture", False)):
        form["about"] = text
        assert (NOTICE in form.submit().html.find(id="preview").text) is noticed


@pytest.mark.parametrize(("text", "noticed"), [(PICTURE, True), ("No ![picture", False)])
def test_saving_says_that_pictures_became_links(shop, teacher, text, noticed):
    form = form_with(teacher.browser().get(f"{URL}/edit"), "Save")
    form["about"] = text
    saved = form.submit().follow().html.find(id="notice").text
    assert "Changes saved." in saved
    assert (NOTICE in saved) is noticed


@pytest.mark.parametrize(("text", "noticed"), [(PICTURE, True), ("No ![picture", False)])
def test_reviewer_sees_picture_notice_too(shop, teacher, text, noticed):
    browser = enrolled(shop).browser()
    form = form_with(browser.get(URL), "Post review")
    form["rating"], form["text"] = "4", text
    notice = form.submit().follow().html.find(id="notice").text
    assert ("Images in your text are shown as links." in notice) is noticed
