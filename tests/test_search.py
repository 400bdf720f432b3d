"""The full-text search, the same on each database."""

from __future__ import annotations

import threading

import pytest
from alembic import command
from click.testing import CliRunner
from helpers import Shop, wait_until, write_ini
from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.exc import DBAPIError

from courseshop.database import migrations
from courseshop.domain.actor import OPERATOR
from courseshop.models import Course, CourseText, SearchWord
from courseshop.schemas.course import CourseDraft
from courseshop.scripts import cli
from courseshop.services import course, instructor, search, user
from courseshop.services.paging import Total, count_up_to
from courseshop.services.search import choice
from courseshop.services.search.snippet import snippet
from courseshop.services.search.vocabulary import unseen
from courseshop.services.search.words import LONGEST_FIELD, LONGEST_TERM, field, fold, term, words

pytestmark = pytest.mark.databases

MEAN = [
    *("", " ", "!!!", '"', '"python', "python*", "-python", "+python", "python:*", "a:b", "( )"),
    *("NEAR(python web)", "NOT python", "OR", "AND OR NOT", "title:python", "^python", "@1", "~x"),
    *("python & | ! <-> web", "';--", "%", "_", "\\", "😀", "😀python", "\x00", "\ud800", "'"),
    *("x" * 200, "é" * 200, "学" * 200, "a b c d e f g h i j k l m n o p", "the and of", "1e5 007"),
]


def found(shop, text, *, probing=False):
    """Return the slugs of the courses with the words of `text`, the best first."""
    query = search.parse(text)
    if not query:
        assert chosen(shop, text).total == 0
        return []
    with shop.reading() as request:
        condition = search.probe(query) if probing else search.matches(request.db, query)
        order = (search.rank(query).desc(), Course.id)
        return list(request.db.scalars(select(Course.slug).where(condition).order_by(*order)))


def both(shop, text):
    """Return what is found, by the index and one course after another alike."""
    by_index = found(shop, text)
    assert by_index == found(shop, text, probing=True)
    return by_index


def edit(shop, slug, **changes):
    with shop.writing() as request:
        row = course.find(request.db, OPERATOR, slug)
        draft = CourseDraft.model_validate({**course.draft_of(row), **changes})
        course.change(request.db, row, draft, set())


def asked(shop, ask, *arguments):
    with shop.reading() as request:
        return ask(request.db, *arguments)


def wrong(shop):
    return [row.slug for row in asked(shop, search.wrong)]


@pytest.fixture
def python(shop):
    """Add a course whose fields have one word each of their own."""
    return shop.add_course(
        "backend",
        title="Backend With Python",
        summary="From the kitchen.",
        about="## Flour\n\nMixing *without* [kneading](https://example.com/hidden).",
        tags=["Bread", "by hand"],
        instructors=["ann"],
    )


@pytest.mark.parametrize(
    "text", ["python", "kitchen", "flour", "kneading", "ann", "bread", "hand", "python ann flour"]
)
def test_every_field_is_searched(shop, python, text):
    shop.add_course("other", title="Other", instructors=["bob"])
    assert both(shop, text) == ["backend"]


@pytest.mark.parametrize("text", ["hidden", "https", "perl", "python perl"])
def test_a_word_that_no_reader_sees_finds_nothing(shop, python, text):
    assert both(shop, text) == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Fotografía de rúa", "FOTOGRAFIA de rua"),
        ("fotografia", "Fotografía"),
        ("Große Straße", "grosse STRASSE"),
        ("Smørrebrød", "smorrebrod"),
        ("Łódź", "lodz"),
        ("İstanbul ve Diyarbak\u0131r", "istanbul DIYARBAKIR"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσεύς"),
        ("Программирование", "программирование"),
        ("Ёлка", "елка"),
        ("Cafe\u0301", "café"),
        ("\uff26ull \uff57idth", "full width"),
        ("東京で学ぶ料理", "料理"),
        ("東京で学ぶ料理", "東京で"),
        ("東京で学ぶ料理", "学"),
        ("東京で学ぶ料理", "理"),
        ("ガラス", "カラス"),
        ("한국어 배우기", "한국어"),
        ("תּוֹרָה", "תורה"),
        ("From C++ to C#", "c++"),
        ("From C++ to C#", "C#"),
        ("The R of it", "r the"),
        ("1e5 and 007", "1e5 007"),
    ],
)
def test_case_accents_and_scripts_do_not_matter(shop, title, text):
    shop.add_course("it", title=title)
    shop.add_course("other", title="Other")
    assert both(shop, text) == ["it"]


def test_letters_that_stand_apart_are_no_pair(shop):
    shop.add_course("it", title="東京で学ぶ料理")
    assert both(shop, "京東") == both(shop, "東学") == []


def test_the_last_word_may_be_begun_only(shop, python):
    assert both(shop, "pyth") == both(shop, "python back") == ["backend"]
    assert both(shop, "back python") == []


def test_short_words_are_whole_ones(shop):
    shop.add_course("r", title="R for everybody")
    shop.add_course("ruby", title="Ruby for everybody")
    assert both(shop, "r") == ["r"]
    assert both(shop, "ru") == []


def test_a_wider_query_is_of_beginnings(shop, python):
    query = search.parse("ba py").wider()
    with shop.reading() as request:
        ids = request.db.scalars(select(Course.id).where(search.matches(request.db, query)))
        assert list(ids) == [python]


@pytest.mark.parametrize("text", MEAN)
def test_nothing_in_a_query_is_syntax(shop, python, text):
    assert both(shop, text) in ([], ["backend"])
    with shop.reading() as request:
        search.suggestions(request.db, text)
        search.did_you_mean(request.db, text)
        search.snippets(request.db, search.parse(text), [python])


def test_a_query_has_ten_words_at_most():
    assert len(search.parse(" ".join(map(str, range(100)))).terms) == 10
    assert len(search.parse("one One ONE").terms) == 1
    assert not search.parse("!? — 😀")


def test_the_title_ranks_before_labels_and_those_before_the_text(shop):
    shop.add_course("text", about="Of knots.")
    shop.add_course("tag", tags=["Knots"])
    shop.add_course("person", instructors=["knots"])
    shop.add_course("longer", title="Knotsburgh")
    shop.add_course("title", title="All about Knots")
    assert both(shop, "knots") == ["title", "longer", "tag", "person", "text"]


def test_conditions_combine_with_others(shop, python):
    shop.add_course("draft", published=None, title="Python in secret")
    with shop.reading() as request:
        condition = search.matches(request.db, search.parse("python"))
        published = and_(condition, Course.status == "published")
        for where, number in ((condition, 2), (published, 1)):
            found = count_up_to(request.db, select(Course.id).where(where), 10)
            assert found == Total(number)
        assert count_up_to(request.db, select(Course.id).where(condition), 1) == Total(
            1, exact=False
        )


# What is searched follows what is written.


def test_an_edit_is_found_at_once_and_what_was_there_no_more(shop, python):
    edit(shop, "backend", title="Backend With Ruby", tags=["Stones"], about="Nothing.")
    assert both(shop, "ruby stones nothing") == ["backend"]
    assert both(shop, "python") == both(shop, "bread") == both(shop, "flour") == []


def test_a_transaction_that_is_undone_changes_nothing(shop, python):
    with shop.writing() as request:
        row = course.find(request.db, OPERATOR, "backend")
        course.edit(request.db, row, title="Backend With Ruby")
        request.tm.doom()
    assert both(shop, "ruby") == []
    assert both(shop, "python") == ["backend"]


def test_an_instructor_comes_goes_and_is_renamed(shop, python):
    bob = shop.add_person("bob", "instructor")
    with shop.writing() as request:
        instructor.join(request.db, python, bob.id)
    assert both(shop, "bob") == both(shop, "ann") == ["backend"]
    with shop.writing() as request:
        user.rename(request.db, bob.id, "Robért Ångström")
    assert both(shop, "angstrom robert") == ["backend"]
    assert both(shop, "bob") == []
    with shop.writing() as request:
        instructor.leave(request.db, python, bob.id)
    assert both(shop, "robert") == []


def test_a_course_that_is_deleted_leaves_nothing(shop, python):
    with shop.writing() as request:
        request.db.execute(delete(Course).where(Course.id == python))
        assert request.db.scalar(select(func.count()).select_from(CourseText)) == 0
    assert both(shop, "python") == []


def test_an_edit_that_changes_no_text_writes_none(shop, python):
    with shop.queries() as sent:
        edit(shop, "backend", level="beginner")
    assert not [one for one in sent if "UPDATE course_text" in one or "INTO search_word" in one]


def test_the_longest_text_is_stored(shop):
    text = "".join(chr(0x4E00 + n * 7 % 20_000) + chr(0x4E00 + n % 20_000) for n in range(25_000))
    shop.add_course("long", about=text)
    # InnoDB misses, for half a second, what it is just writing from its cache to the index.
    wait_until(lambda: found(shop, text[:8]))
    assert both(shop, text[:8]) == ["long"]
    assert len(field([text, text[::-1], text[::3]])) <= LONGEST_FIELD


def test_two_who_write_the_same_new_words_wait_for_each_other_at_most(shop):
    for number in range(8):
        shop.add_course(f"c{number}")
    vowels = "aeiou"
    new = [f"{a}{b}{c}word" for a in vowels for b in vowels for c in vowels]
    failed = []

    def write(slug, text):
        try:
            edit(shop, slug, about=text)
        except DBAPIError as error:
            failed.append(error)

    threads = [
        threading.Thread(target=write, args=(f"c{n}", " ".join(new[:: 1 if n % 2 else -1])))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # SQLite's writers wait for one lock, a second at most; a request is tried again.
    assert [error for error in failed if "locked" not in str(error)] == []
    for number in range(8):
        edit(shop, f"c{number}", about=" ".join(new))
    assert len(both(shop, "uuuword aaaword")) == 8


# Snippets.


def joined(pieces):
    return "".join(f"[{text}]" if is_hit else text for text, is_hit in pieces)


def test_a_snippet_shows_the_words_as_they_are_written(shop, python):
    with shop.reading() as request:
        found = search.snippets(request.db, search.parse("flour KNEAD"), [python])
    assert joined(found[python]) == "[Flour] Mixing without [kneading]."


def test_a_snippet_is_of_the_summary_where_that_has_the_words():
    texts = ["A café in the Straße.", "A cafe elsewhere."]
    assert joined(snippet(search.parse("cafe strasse"), texts)) == "A [café] in the [Straße]."
    assert snippet(search.parse("python"), texts) == []


def test_a_snippet_of_a_long_text_is_cut_between_words():
    text = "before " * 100 + "the needle here " + "after " * 100
    shown = joined(snippet(search.parse("needle"), ["", text]))
    assert shown.startswith("…before ")
    assert shown.endswith(" after…")
    assert "the [needle] here" in shown
    assert len(shown) < 210


def test_a_snippet_is_where_most_of_the_words_are():
    text = "One alone. " + "x " * 300 + "one and two."
    assert "[one] and [two]" in joined(snippet(search.parse("one two"), [text]))


def test_a_snippet_takes_text_for_text(shop):
    course_id = shop.add_course("it", about="`<b>bold</b>` & <script>alert(1)</script> python")
    with shop.reading() as request:
        pieces = search.snippets(request.db, search.parse("bold python"), [course_id])[course_id]
    assert joined(pieces) == "<b>[bold]</b> & <script>alert(1)</script> [python]"


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("c++", "From C++ to C", "From [C++] to C"),
        ("茶", "お茶を飲む", "お[茶]を飲む"),
        ("東京", "東京で学ぶ", "[東京]で学ぶ"),
        ("cafe", "cafe\u0301!", "[café]!"),
        ("pyth", "python pyth", "[python] [pyth]"),
        ("element", "İ_element", "İ_[element]"),
    ],
)
def test_hits_are_marked_in_titles_too(query, text, shown):
    assert joined(search.highlight(search.parse(query), text)) == shown


# Suggestions.


def suggested(shop, text):
    return [row.slug for row in asked(shop, search.suggestions, text)]


def test_titles_are_suggested_from_the_first_letter(shop, python):
    shop.add_course("perl", title="Perl", about="Unlike Python.")
    assert suggested(shop, "p") == ["perl", "backend"]
    assert suggested(shop, "pý BACK") == ["backend"]
    assert suggested(shop, "python") == ["backend"]
    assert suggested(shop, "") == suggested(shop, "!") == []


def test_eight_are_suggested_at_most_the_newest_first(shop):
    for day in range(1, 10):
        shop.add_course(f"c{day}", title="Python", published=f"2026-01-0{day}T00:00:00Z")
    assert suggested(shop, "pyt") == [f"c{day}" for day in range(9, 1, -1)]


@pytest.mark.parametrize("status", ["draft", "submitted", "archived"])
def test_what_is_not_published_is_never_proposed(shop, python, status):
    shop.add_course("secret", title="Zebrawood carving")
    with shop.writing() as request:
        request.db.execute(update(Course).where(Course.slug == "secret").values(status=status))
    assert suggested(shop, "zeb") == []
    assert asked(shop, search.did_you_mean, "zebrawod") is None


# Did you mean.


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("pyhton", "python"),
        ("pithon", "python"),
        ("ypthon", "python"),
        ("pythn", "python"),
        ("pythonn", "python"),
        ("jython", "python"),
        ("pyttohn", "python"),
        ("backend pyhton", "backend python"),
        ("bakcend, with pyhton!", "backend, with python!"),
        ("kneeding", "kneading"),
        ("fluor", "flour"),
    ],
)
def test_a_slip_is_put_right(shop, python, text, meant):
    assert asked(shop, search.did_you_mean, text) == meant


@pytest.mark.one_database
@pytest.mark.parametrize(
    "text",
    ["xylophone", "py", "qqqqqq", "python perl", "123", "", "!?", "pyhton bakcend kneeding fluor"],
)
def test_what_is_far_from_every_word_is_left(shop, python, text):
    assert asked(shop, search.did_you_mean, text) is None


def test_what_is_proposed_has_its_accents(shop):
    shop.add_course("it", title="Fotografía básica", about="программирование")
    assert asked(shop, search.did_you_mean, "fotogarfia BASCIA") == "fotografía básica"
    assert asked(shop, search.did_you_mean, "програмирование") == "программирование"


def test_words_that_are_in_no_course_together_are_not_proposed(shop, python):
    shop.add_course("perl", title="Perl")
    assert asked(shop, search.did_you_mean, "perl pyhton") is None


# A catalogue in which many courses have a word.


def chosen(shop, text):
    """Return which way is chosen, after walking it to the course that comes first."""
    with shop.reading() as request:
        db, published = request.db, Course.status == "published"
        rows = select(Course.id).where(published)
        choice = search.choose(db, search.parse(text), published, rows)
        order = Course.id.desc() if choice.total is None else search.rank(choice.query).desc()
        rows = select(Course.id).where(published, choice.condition).order_by(order)
        assert bool(db.scalars(rows).first()) == (choice.total != 0)
        return choice


@pytest.fixture
def few(monkeypatch):
    """Have a catalogue count as large from 8 courses on, and a word as broad from 2 hits."""
    monkeypatch.setattr(choice, "CAP", 2)
    # All of them, whatever ids they have.
    monkeypatch.setattr(choice, "SAMPLE", 10_000)
    monkeypatch.setattr(choice, "LEAST_HITS", 2)


def test_words_of_many_courses_are_walked_those_of_few_counted(shop, few):
    for number in range(20):
        shop.add_course(f"c{number}", title="Common")
    rare = shop.add_course("c20", title="Common Rare")
    assert chosen(shop, "common").total is chosen(shop, "common").rows is None
    assert chosen(shop, "rare").total == chosen(shop, "common rare").total == 1
    assert [row.id for row in chosen(shop, "rare").rows] == [rare]
    assert chosen(shop, "rar").total == chosen(shop, "com ra").total == 1
    assert chosen(shop, "absent").total == 0
    assert suggested(shop, "comm") == [f"c{number}" for number in range(20, 12, -1)]
    assert asked(shop, search.did_you_mean, "comon") == "common"


def test_where_a_filter_leaves_few_these_are_counted(shop, few):
    for number in range(20):
        shop.add_course(f"c{number}", title="Common", level="all" if number else "advanced")
    with shop.reading() as request:
        query, advanced = search.parse("common"), Course.level == "advanced"
        rows = select(Course.id).where(advanced)
        assert search.choose(request.db, query, advanced, rows).total == 1


def test_more_than_can_be_ranked_are_walked(shop, monkeypatch):
    monkeypatch.setattr(choice, "CAP", 2)
    for number in range(4):
        shop.add_course(f"c{number}", title="Common")
    assert (chosen(shop, "common").total, len(chosen(shop, "common").rows)) == (None, 3)


def test_in_a_small_catalogue_no_sample_is_taken(shop, python):
    with shop.queries() as sent:
        assert chosen(shop, "python").total == 1
    assert len(sent) == 3


def test_an_empty_shop_finds_nothing(shop):
    assert both(shop, "python") == suggested(shop, "p") == []
    assert asked(shop, search.did_you_mean, "python") is None


# The doctor, and the migration.


def test_the_doctor_finds_what_is_searched_by_other_words_and_mends_it(shop, python):
    shop.add_course("lost")
    assert wrong(shop) == []
    with shop.writing() as request:
        request.db.execute(update(Course).where(Course.id == python).values(title="Ruby"))
        which = select(Course.id).where(Course.slug == "lost")
        request.db.execute(delete(CourseText).where(CourseText.course_id.in_(which)))
    assert wrong(shop) == ["backend", "lost"]
    with shop.writing() as request:
        for row in search.wrong(request.db):
            search.index(request.db, row.id)
    assert wrong(shop) == []
    assert both(shop, "ruby") == ["backend"]
    assert both(shop, "lost") == ["lost"]


@pytest.mark.slow
def test_the_doctors_command_says_what_is_wrong(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    shop = Shop.open(ini)
    shop.init()
    shop.add_course("python")
    with shop.writing() as request:
        request.db.execute(update(Course).values(title="Ruby"))
    shop.close()
    run = CliRunner().invoke
    ill = run(cli, ["doctor", str(ini)])
    assert ill.exit_code == 1
    assert "/courses/python: wrong; is searched by other words than it has" in ill.output
    assert run(cli, ["doctor", str(ini), "--mend"]).exit_code == 0
    assert run(cli, ["doctor", str(ini)]).output == "No problems found.\n"


def test_the_migration_fills_in_the_courses_that_there_are(shop, python):
    shop.add_course("fluss", title="Fließen", about="Flour", instructors=["ann", "bob"])
    core, *_rest = migrations.environments(shop.registry)
    for revision in ("0008", "head"):
        move = command.downgrade if revision == "0008" else command.upgrade
        with migrations.migrating(shop.engine) as connection:
            move(core.config(connection), revision)
    assert wrong(shop) == []
    assert both(shop, "fliessen bob") == ["fluss"]
    assert both(shop, "flour") == ["backend", "fluss"]
    assert asked(shop, search.did_you_mean, "kneeding") == "kneading"
    edit(shop, "fluss", title="Rivers")
    assert both(shop, "rivers") == ["fluss"]
    assert both(shop, "fliessen") == []


# Words and terms.


def test_a_term_is_of_ascii_letters_and_digits_and_not_too_long():
    for text in ("Ünï", "программирование", "学", "𠀀", "x" * 500, "ﷺ" * 9):
        for word in words(text):
            assert word.term.isascii()
            assert word.term.isalnum()
            assert 3 <= len(word.term) <= LONGEST_TERM


def test_words_that_begin_alike_have_terms_that_do():
    assert term(fold("программирование")).startswith(term(fold("Програм")))


def test_only_words_of_letters_are_proposed():
    assert list(unseen(["a ab abc 123 x1y2 学ぶ " + "x" * 31]).values()) == ["abc"]
    assert unseen(["Abc"], {"xxabc"}) == {}


def test_stored_words_are_never_taken_back(shop, python):
    edit(shop, "backend", title="Backend With Ruby")
    with shop.reading() as request:
        known = set(request.db.scalars(select(SearchWord.word)))
    assert {"python", "ruby", "backend", "kneading", "ann"} <= known
