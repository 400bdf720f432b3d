"""A picture in a Markdown text becomes a link, and its writer is told."""

from __future__ import annotations

import pytest
from browsing import form_with
from writers import URL, enrolled

from courseshop.domain import markdown

TOLD = "Pictures in texts are shown as links."
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
def test_a_picture_is_its_link_alone(source, shown):
    rel = 'rel="nofollow ugc noopener"'
    assert markdown.render(source).strip() == f"<p>{shown.format(rel)}</p>"


def test_only_pictures_count_as_pictures():
    assert markdown.has_pictures(PICTURE)
    assert not markdown.has_pictures("`![a](b)` \\![a](b) [a](b)! ![a]")


def test_the_preview_tells_that_pictures_become_links(teacher):
    form = form_with(teacher.browser().get(f"{URL}/edit"), "Preview")
    form.action = f"{URL}/preview"
    for text, told in ((PICTURE, True), ("No ![picture", False)):
        form["about"] = text
        assert (TOLD in form.submit().html.find(id="preview").text) is told


@pytest.mark.parametrize(("text", "told"), [(PICTURE, True), ("No ![picture", False)])
def test_the_page_after_saving_tells_that_pictures_became_links(shop, teacher, text, told):
    form = form_with(teacher.browser().get(f"{URL}/edit"), "Save")
    form["about"] = text
    saved = form.submit().follow().html.find(id="notice").text
    assert "Changes saved." in saved
    assert (TOLD in saved) is told


@pytest.mark.parametrize(("text", "told"), [(PICTURE, True), ("No ![picture", False)])
def test_a_reviewer_is_told_too(shop, teacher, text, told):
    browser = enrolled(shop).browser()
    form = form_with(browser.get(URL), "Post review")
    form["rating"], form["text"] = "4", text
    assert (TOLD in form.submit().follow().html.find(id="notice").text) is told
