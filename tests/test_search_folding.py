"""The search finds other spellings of the same words, on each database."""

from __future__ import annotations

import pytest
from helpers import write_ini
from operating import courseshop
from sqlalchemy import delete, update
from test_search import both, wrong

from courseshop.domain.shop import shop_of
from courseshop.models import CourseText, PersonTerm, Review
from courseshop.schemas.user import PeopleQuery
from courseshop.services import people, search, shop_fact
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
    # Modifier letters are apostrophes.
    ("Women\u02bcs health", "Womens health"),
    ("Hawai\u02bbi", "Hawaii"),
    ("Hawai\u02bbi", "Hawai'i"),
    ("Qur\u02bean", "Quran"),
    ("Qur\u02bean", "Qur'an"),
    ("\u02bfUmar", "Umar"),
    ("women\u2018s", "women's"),
    ("women\u201bs", "womens"),
    ("women`s", "women's"),
    ("women\u00b4s", "women\u2019s"),
    # Umlauts in parts of words.
    ("Buero-Software", "büro-software"),
    ("Buerosoftware", "büro-software"),
    ("Buero Software", "büro-software"),
    ("buerosoftware", "Büro-Software"),
    ("Mueller-Lüdenscheid", "Müller-Luedenscheid"),
    ("Mueller-Luedenscheid", "Müller-Lüdenscheid"),
    ("Mullerludenscheid", "Müller-Lüdenscheid"),
    ("Müller's", "Mueller's"),
    ("Müller's", "Muellers"),
    ("Müllers", "Mueller's"),
    # Hyphens, periods and slashes of word processors and other keyboards.
    *((f"e{dash}mail", "e-mail") for dash in "\u2012\u2013\u2212\uff0d\ufe63\u05be"),
    ("Node\uff0ejs", "nodejs"),
    ("1\uff0f2 pint", "½ pint"),
    ("1\u22152 pint", "½ pint"),
    ("\uff11\uff0f\uff12 pint", "1/2 pint"),
    ("\uff23\uff0b\uff0b", "C++"),
    ("\uff23\uff03", "C#"),
    ("\uff45\uff0d\uff4d\uff41\uff49\uff4c", "email"),
    # Invisible characters within a word.
    ("हिन्\u200dदी", "हिन्दी"),
    ("हिन्\u200cदी", "हिंदी"),
    ("e-\u200bmail", "email"),
    ("e\xad-mail", "e-mail"),
    ("C\u200b++", "C++"),
    ("1/\u200b2 pint", "1/2 pint"),
    ("葛\U000e0100城", "葛城"),
    ("ᠮᠣᠩ\u180eᠭᠣᠯ", "ᠮᠣᠩᠭᠣᠯ"),
    ("Back\u3164end", "Backend"),
    ("U.N.E.S.C.O.", "UNESCO"),
    ("U.N.E.S.C.O. sites", "unesco sites"),
    ("\u0671لكتاب", "الكتاب"),  # noqa: RUF001
    ("ספרים", "ספרימ"),
    ("בית\u05beספר", "בית-ספר"),  # noqa: RUF001
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
        ("A.B.C.D.E.F.G.H.I.J.K.L.M", "abcdefghijklm"),
        ("Hello\u2014World", "helloworld"),
    ],
)
def test_different_words_do_not_find_each_other(shop, title, text):
    shop.add_course("it", title=title)
    assert both(shop, text) == []


@pytest.mark.parametrize(
    ("title", "text"), [("Modern C++20", "C++"), ("C#8 for all", "c#"), ("C++20", "C++ 20")]
)
def test_a_language_finds_its_versions(shop, title, text):
    shop.add_course("it", title=title)
    shop.add_course("c", title="The C20 of it")
    assert both(shop, text) == ["it"]


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
    shown = search.highlight(search.parse("buerosoftware"), "Von B\xadüro\u2013Soft\u200bware.")
    assert [one.text for one in shown if one.is_hit] == ["B\xadüro\u2013Soft\u200bware"]


@pytest.mark.databases
def test_init_reindexes_courses_of_earlier_release(opened, tmp_path):
    shop = opened()
    course_id, sam = shop.add_course("it", title="Müller"), shop.add_person("sam")
    shop.add_review(course_id, sam, 4, "Müller")
    with shop.writing() as request:
        request.db.execute(update(CourseText).values(title=" xxmuller "))
        request.db.execute(update(Review).values(terms=None))
        request.db.execute(delete(PersonTerm))
        shop_fact.store(request.db, shop_fact.SEARCH, "1")
    reviews = "/courses/it/reviews?q=mueller"
    assert both(shop, "mueller") == []
    assert shop.json(reviews).json["total"] == 0
    ini = write_ini(
        tmp_path, shop_of(shop.registry).engine.url.render_as_string(hide_password=False)
    )
    for _again in range(2):
        assert courseshop("init", ini).returncode == 0
        assert both(shop, "mueller") == ["it"]
        assert wrong(shop) == []
        assert shop.json(reviews).json["total"] == 1
        with shop.reading() as request:
            (found,) = people.listing(request.db, PeopleQuery(q="sam")).rows
            assert found.username == "sam"
    with shop.reading() as request:
        assert shop_fact.read(request.db, shop_fact.SEARCH) == VERSION
