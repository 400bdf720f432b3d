"""Pure functions: ratings, Markdown, and localized formats."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

import pytest
from helpers import Shop, write_ini
from hypothesis import given
from hypothesis import strategies as st

from courseshop.domain.markdown import render
from courseshop.rendering import formats
from courseshop.services.rating import average, stars


@given(st.lists(st.integers(1, 5), min_size=1, max_size=400))
def test_the_average_is_rounded_half_up_to_one_decimal(ratings):
    exact = Decimal(sum(ratings)) / len(ratings)
    assert Decimal(str(average(sum(ratings), len(ratings)))) == exact.quantize(
        Decimal("0.1"), ROUND_HALF_UP
    )


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [
        (0, 0, None),
        (41, 10, 4.1),
        (89, 20, 4.5),
        (2889, 650, 4.4),
        (5, 2, 2.5),
        (17, 4, 4.3),
        (13, 4, 3.3),
    ],
)
def test_average_of_tricky_values(total, count, expected):
    assert average(total, count) == expected


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        (None, 0),
        (1.0, 1),
        (2.5, 2.5),
        (3.6, 3.5),
        (3.7, 3.5),
        (3.8, 4),
        (4.4, 4.5),
        (4.7, 4.5),
        (4.8, 5),
        (5.0, 5),
    ],
)
def test_stars_show_the_average_to_the_nearest_half(mean, expected):
    assert stars(mean) == expected


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("*a* **b** `c`", "<p><em>a</em> <strong>b</strong> <code>c</code></p>\n"),
        ("# One\n\n## Two\n\n###### Six", "<h3>One</h3>\n<h3>Two</h3>\n<h6>Six</h6>\n"),
        ("- a\n  - b", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul>\n</li>\n</ul>\n"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>\n"),
        (
            "[a](https://e.org)",
            '<p><a href="https://e.org" rel="nofollow ugc noopener">a</a></p>\n',
        ),
        ("", ""),
    ],
)
def test_markdown_becomes_html(markdown, html):
    assert render(markdown) == html


@pytest.mark.parametrize(
    "attack",
    ["<script>alert(1)</script>", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,x)",
     "![x](https://e.org/track.png)", '<img src=x onerror="alert(1)">', "[x](vbscript:x)", "<javascript:alert(1)>",
     '[x](https://e.org "onclick=alert(1)")', "<svg/onload=alert(1)>", "`<script>`", "&lt;script&gt;"],
)  # fmt: skip
def test_markdown_never_becomes_a_script_or_an_image(attack):
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(render(attack), "html.parser")
    assert not soup.find(["script", "img", "svg", "iframe"])
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        assert tag.get("href", "https:").startswith(("https:", "mailto:"))


@given(st.text(max_size=300))
def test_any_text_can_be_rendered(text):
    assert "<script" not in render(text)


def test_markdown_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="50000"):
        render("[a](b" * 10_001)


def request_in(locale):
    """Return a request in `locale`, with all that formatting needs."""
    return SimpleNamespace(locale_name=locale, localizer=None)


@pytest.mark.parametrize(
    ("locale", "money", "number", "date"),
    [
        ("en", "$1,234.50", "1,234.5", "March 1, 2026"),
        ("de", "1.234,50\xa0$", "1.234,5", "1. März 2026"),
    ],
)
def test_numbers_money_and_dates_follow_the_locale(locale, money, number, date):
    request = request_in(locale)
    assert formats.money(request, {"amount": "1234.50", "currency": "USD"}) == money
    assert formats.number(request, 1234.5) == number
    assert formats.date(request, datetime(2026, 3, 1, tzinfo=UTC)) == date


@pytest.mark.parametrize(
    ("locale", "number", "size"),
    [
        ("en", 0, "0 kB"),
        ("en", 173_339, "173 kB"),
        ("en", 8_388_608, "8.4 MB"),
        ("de", 8_388_608, "8,4 MB"),
    ],
)
def test_size_in_bytes_is_rounded_to_a_larger_unit(locale, number, size):
    assert formats.byte_size(request_in(locale), number) == size


def test_accept_language_selects_configured_locale(tmp_path):
    url = f"sqlite:///{tmp_path}/x.sqlite"
    shop = Shop.open(write_ini(tmp_path, url, **{"courseshop.locales": "en de pt_BR"}))
    shop.init()
    shop.add_course("python", price="1234.50")

    def page(language):
        headers = {"Accept_Language": language} if language else {}
        return shop.get("/courses/python", **headers)

    assert page("de-DE, en;q=0.5").html.find(class_="price").text == "1.234,50\xa0$"
    assert page("de").html.html["lang"] == "de"
    assert page("pt-BR").html.html["lang"] == "pt-BR"
    for language in (None, "fr", "*", "nonsense;;", "en"):
        assert page(language).html.find(class_="price").text == "$1,234.50"
    assert "Accept-Language" in page("de").vary
    assert page("de").headers["ETag"] != page("en").headers["ETag"]
    shop.close()
