"""The search finds other spellings of the same words, on each database."""

from __future__ import annotations

import pytest
from helpers import write_ini
from operating import courseshop
from sqlalchemy import update
from test_search import both, wrong

from courseshop.domain.shop import shop_of
from courseshop.models import CourseText
from courseshop.services import search, shop_fact
from courseshop.services.search.words import VERSION

# Pairs of spellings of the same words.
ALIKE = [
    ("Backend", "Back\xadend"),
    ("Backend", "\u200bBack\u200bend\ufeff"),
    ("فارسی", "فارسي"),
    ("کتاب", "كتاب"),
    ("مستشفى", "مستشفي"),
    ("مدرسة", "مدرسه"),
    ("می\u200cخواهم", "میخواهم"),  # noqa: RUF001
    ("हिन्दी", "हिंदी"),
    ("सम्बन्ध", "संबंध"),
    ("ज़मीन", "जमीन"),
    ("カタカナ", "かたかな"),
    ("ｶﾀｶﾅ", "かたかな"),
    ("½ pint", "1/2 pint"),
    ("1½ pints", "1 1/2 pints"),
    ("Müller", "Mueller"),
    ("Müller", "Muller"),
    ("M\u0075\u0308ller", "Mueller"),
    ("Österreich", "Oesterreich"),
    ("Ångström", "Aangstroem"),
    ("Smørrebrød", "Smoerrebroed"),
    ("women's health", "womens health"),
    ("women\u2019s health", "women's health"),
    ("e-mail marketing", "email marketing"),
    ("e\u2011mail", "e-mail"),
    ("A.I.", "AI"),
    ("U.S.A. history", "USA history"),
    ("Node.js", "nodejs"),
    ("Wi-Fi", "wifi"),
    ("step-by-step", "step by step"),
    ("٣ دروس", "3 دروس"),
]


@pytest.mark.databases
def test_spellings_find_each_other_both_ways(shop):
    spellings = dict.fromkeys(spelling for pair in ALIKE for spelling in pair)
    slugs = {spelling: f"c{n}" for n, spelling in enumerate(spellings)}
    for spelling, slug in slugs.items():
        shop.add_course(slug, title=spelling)
    missing = [
        (asked, spelling)
        for pair in ALIKE
        for asked, spelling in (pair, pair[::-1])
        if slugs[spelling] not in both(shop, asked)
    ]
    assert missing == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Poets", "Pots"),
        ("12 lessons", "1/2"),
        ("12 lessons", "½"),
        ("Version 3.10", "310"),
        ("One. Two", "onetwo"),
        ("e and mail", "email"),
        ("A-B-C-D-E-F", "abcdef"),
        ("hi", "h-a-i"),
    ],
)
def test_different_words_do_not_find_each_other(shop, title, text):
    shop.add_course("it", title=title)
    assert both(shop, text) == []


def test_parts_of_word_match_even_in_different_fields(shop):
    shop.add_course("it", title="L\u2019école", summary="Mail", tags=["e"])
    for text in ("école", "l'école", "e-mail", "ecole mail"):
        assert both(shop, text) == ["it"]


def test_snippet_marks_other_spelling(shop):
    assert [
        one.text for one in search.highlight(search.parse("womens"), "Women's day") if one.is_hit
    ] == ["Women's"]
    assert [
        one.text for one in search.highlight(search.parse("Mueller"), "Von Müller") if one.is_hit
    ] == ["Müller"]


@pytest.mark.databases
def test_init_reindexes_courses_of_earlier_release(opened, tmp_path):
    shop = opened()
    shop.add_course("it", title="Müller")
    with shop.writing() as request:
        request.db.execute(update(CourseText).values(title=" xxmuller "))
        shop_fact.store(request.db, shop_fact.SEARCH, "1")
    assert both(shop, "mueller") == []
    ini = write_ini(
        tmp_path, shop_of(shop.registry).engine.url.render_as_string(hide_password=False)
    )
    for _again in range(2):
        assert courseshop("init", ini).returncode == 0
        assert both(shop, "mueller") == ["it"]
        assert wrong(shop) == []
    with shop.reading() as request:
        assert shop_fact.read(request.db, shop_fact.SEARCH) == VERSION
