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
from courseshop.scripts import cli
from courseshop.services import course, instructor, search, user
from courseshop.services.paging import Total, count_up_to
from courseshop.services.search import choice
from courseshop.services.search.snippet import snippet
from courseshop.services.search.vocabulary import unseen
from courseshop.services.search.words import LONGEST_FIELD, LONGEST_TERM, field, fold, term, words

pytestmark = pytest.mark.databases

TRICKY_QUERIES = [
    *("", " ", "!!!", '"', '"python', "python*", "-python", "+python", "python:*", "a:b", "( )"),
    *("NEAR(python web)", "NOT python", "OR", "AND OR NOT", "title:python", "^python", "@1", "~x"),
    *("python & | ! <-> web", "';--", "%", "_", "\\", "😀", "😀python", "\x00", "\ud800", "'"),
    *("x" * 200, "é" * 200, "学" * 200, "a b c d e f g h i j k l m n o p", "the and of", "1e5 007"),
]


def found(shop, text, *, probing=False):
    """Return the slugs of the courses that match `text`, the best match first."""
    query = search.parse(text)
    if not query:
        assert chosen(shop, text).total == 0
        return []
    with shop.reading() as request:
        condition = search.probe(query) if probing else search.matches(request.db, query)
        order = (search.rank(query).desc(), Course.id)
        return list(request.db.scalars(select(Course.slug).where(condition).order_by(*order)))


def both(shop, text):
    """Return the matches; check that the index and a test of each course agree on them."""
    by_index = found(shop, text)
    assert by_index == found(shop, text, probing=True)
    return by_index


def edit(shop, slug, **changes):
    with shop.writing() as request:
        row = course.find(request.db, OPERATOR, slug)
        course.change(request.db, row, changes, set())


def in_session(shop, function, *arguments):
    with shop.reading() as request:
        return function(request.db, *arguments)


def wrong(shop):
    return [row.slug for row in in_session(shop, search.wrong)]


@pytest.fixture
def python(shop):
    """Add a course with distinct words in each field; return its id."""
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
def test_words_that_readers_cannot_see_find_nothing(shop, python, text):
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


def test_only_adjacent_characters_match_as_pair(shop):
    shop.add_course("it", title="東京で学ぶ料理")
    assert both(shop, "京東") == both(shop, "東学") == []


def test_only_last_word_may_be_incomplete(shop, python):
    assert both(shop, "pyth") == both(shop, "python back") == ["backend"]
    assert both(shop, "back python") == []


def test_short_words_match_only_whole_words(shop):
    shop.add_course("r", title="R for everybody")
    shop.add_course("ruby", title="Ruby for everybody")
    assert both(shop, "r") == ["r"]
    assert both(shop, "ru") == []


def test_wider_query_matches_prefixes_of_all_words(shop, python):
    query = search.parse("ba py").wider()
    with shop.reading() as request:
        ids = request.db.scalars(select(Course.id).where(search.matches(request.db, query)))
        assert list(ids) == [python]


@pytest.mark.parametrize("text", TRICKY_QUERIES)
def test_query_has_no_special_syntax(shop, python, text):
    assert both(shop, text) in ([], ["backend"])
    with shop.reading() as request:
        search.suggestions(request.db, text)
        search.did_you_mean(request.db, text)
        search.snippets(request.db, search.parse(text), [python])


def test_query_has_at_most_ten_words():
    assert len(search.parse(" ".join(map(str, range(100)))).terms) == 10
    assert len(search.parse("one One ONE").terms) == 1
    assert not search.parse("!? — 😀")


def test_title_ranks_before_labels_and_labels_before_text(shop):
    shop.add_course("text", about="Of knots.")
    shop.add_course("tag", tags=["Knots"])
    shop.add_course("person", instructors=["knots"])
    shop.add_course("longer", title="Knotsburgh")
    shop.add_course("title", title="All about Knots")
    assert both(shop, "knots") == ["title", "longer", "tag", "person", "text"]


def test_search_condition_can_be_combined_with_others(shop, python):
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


# The index follows the edits.


def test_edit_is_found_at_once_and_former_text_is_not(shop, python):
    edit(shop, "backend", title="Backend With Ruby", tags=["Stones"], about="Nothing.")
    assert both(shop, "ruby stones nothing") == ["backend"]
    assert both(shop, "python") == both(shop, "bread") == both(shop, "flour") == []


def test_aborted_transaction_changes_nothing(shop, python):
    with shop.writing() as request:
        row = course.find(request.db, OPERATOR, "backend")
        course.edit(request.db, row, title="Backend With Ruby")
        request.tm.doom()
    assert both(shop, "ruby") == []
    assert both(shop, "python") == ["backend"]


def test_index_follows_instructors_who_join_leave_or_are_renamed(shop, python):
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


def test_deleted_course_leaves_nothing_in_index(shop, python):
    with shop.writing() as request:
        request.db.execute(delete(Course).where(Course.id == python))
        assert request.db.scalar(select(func.count()).select_from(CourseText)) == 0
    assert both(shop, "python") == []


def test_edit_without_text_change_does_not_write_index(shop, python):
    with shop.queries() as sent:
        edit(shop, "backend", level="beginner")
    assert not [one for one in sent if "UPDATE course_text" in one or "INTO search_word" in one]


def test_longest_text_is_indexed(shop):
    text = "".join(chr(0x4E00 + n * 7 % 20_000) + chr(0x4E00 + n % 20_000) for n in range(25_000))
    shop.add_course("long", about=text)
    # For half a second, InnoDB misses rows that it moves from its cache to the index.
    wait_until(lambda: found(shop, text[:8]))
    assert both(shop, text[:8]) == ["long"]
    assert len(field([text, text[::-1], text[::3]])) <= LONGEST_FIELD


def test_concurrent_writers_of_same_new_words_do_not_deadlock(shop):
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
    # On SQLite, writers wait for one lock for at most a second; requests are retried.
    assert [error for error in failed if "locked" not in str(error)] == []
    for number in range(8):
        edit(shop, f"c{number}", about=" ".join(new))
    assert len(both(shop, "uuuword aaaword")) == 8


# Snippets.


def joined(pieces):
    return "".join(f"[{text}]" if is_hit else text for text, is_hit in pieces)


def test_snippet_shows_words_in_original_spelling(shop, python):
    with shop.reading() as request:
        found = search.snippets(request.db, search.parse("flour KNEAD"), [python])
    assert joined(found[python]) == "[Flour] · Mixing without [kneading]."


def test_snippet_prefers_summary_with_the_words():
    texts = ["A café in the Straße.", "A cafe elsewhere."]
    assert joined(snippet(search.parse("cafe strasse"), texts)) == "A [café] in the [Straße]."
    assert snippet(search.parse("python"), texts) == []


def test_snippet_of_long_text_is_cut_between_words():
    text = "before " * 100 + "the needle here " + "after " * 100
    shown = joined(snippet(search.parse("needle"), ["", text]))
    assert shown.startswith("…before ")
    assert shown.endswith(" after…")
    assert "the [needle] here" in shown
    assert len(shown) < 210


def test_snippet_shows_part_with_most_words():
    text = "One alone. " + "x " * 300 + "one and two."
    assert "[one] and [two]" in joined(snippet(search.parse("one two"), [text]))


def test_snippet_separates_headings_and_points_from_sentences(shop):
    about = "Easy.\n\n## Participants\n\n- Newcomers to *design*\n- Others"
    course_id = shop.add_course("python", about=about)
    with shop.reading() as request:
        pieces = search.snippets(request.db, search.parse("design"), [course_id])[course_id]
    shown = "Easy. · Participants · Newcomers to [design] · Others"
    assert joined(pieces) == shown


def test_snippet_neither_begins_nor_ends_with_a_separator():
    block = "word " * 7 + "· "
    shown = joined(snippet(search.parse("needle"), ["", block * 9 + "needle " + block * 9]))
    assert shown.startswith("…word")
    assert shown.endswith("word…")


def test_snippet_keeps_html_as_plain_text(shop):
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
    return [row.slug for row in in_session(shop, search.suggestions, text)]


def test_titles_are_suggested_from_the_first_letter(shop, python):
    shop.add_course("perl", title="Perl", about="Unlike Python.")
    assert suggested(shop, "p") == ["perl", "backend"]
    assert suggested(shop, "pý BACK") == ["backend"]
    assert suggested(shop, "python") == ["backend"]
    assert suggested(shop, "") == suggested(shop, "!") == []


def test_at_most_eight_titles_are_suggested_newest_first(shop):
    for day in range(1, 10):
        shop.add_course(f"c{day}", title="Python", published=f"2026-01-0{day}T00:00:00Z")
    assert suggested(shop, "pyt") == [f"c{day}" for day in range(9, 1, -1)]


@pytest.mark.parametrize("status", ["draft", "submitted", "archived"])
def test_unpublished_courses_are_never_suggested(shop, python, status):
    shop.add_course("secret", title="Zebrawood carving")
    with shop.writing() as request:
        request.db.execute(update(Course).where(Course.slug == "secret").values(status=status))
    assert suggested(shop, "zeb") == []
    assert in_session(shop, search.did_you_mean, "zebrawod") is None


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
def test_typo_is_corrected(shop, python, text, meant):
    assert in_session(shop, search.did_you_mean, text) == meant


@pytest.mark.one_database
@pytest.mark.parametrize(
    "text",
    ["xylophone", "py", "qqqqqq", "python perl", "123", "", "!?", "pyhton bakcend kneeding fluor"],
)
def test_words_unlike_any_known_word_are_not_corrected(shop, python, text):
    assert in_session(shop, search.did_you_mean, text) is None


def test_correction_has_accents(shop):
    shop.add_course("it", title="Fotografía básica", about="программирование")
    assert in_session(shop, search.did_you_mean, "fotogarfia BASCIA") == "fotografía básica"
    assert in_session(shop, search.did_you_mean, "програмирование") == "программирование"


def test_correction_that_finds_no_course_is_not_proposed(shop, python):
    shop.add_course("perl", title="Perl")
    assert in_session(shop, search.did_you_mean, "perl pyhton") is None


# Words that many courses contain.


def chosen(shop, text):
    """Return the chosen strategy, after finding the first course with it."""
    with shop.reading() as request:
        db, published = request.db, Course.status == "published"
        rows = select(Course.id).where(published)
        choice = search.choose(db, search.parse(text), published, rows)
        order = Course.id.desc() if choice.total is None else search.rank(choice.query).desc()
        rows = select(Course.id).where(published, choice.condition).order_by(order)
        assert bool(db.scalars(rows).first()) == (choice.total != 0)
        return choice


@pytest.fixture
def low_limits(monkeypatch):
    """Treat a catalogue as large from 8 courses on, and a word as frequent from 2 hits."""
    monkeypatch.setattr(choice, "CAP", 2)
    # All courses, whatever their ids.
    monkeypatch.setattr(choice, "SAMPLE", 10_000)
    monkeypatch.setattr(choice, "LEAST_HITS", 2)


def test_frequent_words_are_walked_and_rare_ones_counted(shop, low_limits):
    for number in range(20):
        shop.add_course(f"c{number}", title="Common")
    rare = shop.add_course("c20", title="Common Rare")
    assert chosen(shop, "common").total is chosen(shop, "common").rows is None
    assert chosen(shop, "rare").total == chosen(shop, "common rare").total == 1
    assert [row.id for row in chosen(shop, "rare").rows] == [rare]
    assert chosen(shop, "rar").total == chosen(shop, "com ra").total == 1
    assert chosen(shop, "absent").total == 0
    assert suggested(shop, "comm") == [f"c{number}" for number in range(20, 12, -1)]
    assert in_session(shop, search.did_you_mean, "comon") == "common"


def test_few_courses_left_by_filter_are_counted(shop, low_limits):
    for number in range(20):
        shop.add_course(f"c{number}", title="Common", level="all" if number else "advanced")
    with shop.reading() as request:
        query, advanced = search.parse("common"), Course.level == "advanced"
        rows = select(Course.id).where(advanced)
        assert search.choose(request.db, query, advanced, rows).total == 1


def test_too_many_matches_to_rank_are_walked(shop, monkeypatch):
    monkeypatch.setattr(choice, "CAP", 2)
    for number in range(4):
        shop.add_course(f"c{number}", title="Common")
    assert (chosen(shop, "common").total, len(chosen(shop, "common").rows)) == (None, 3)


def test_small_catalogue_is_not_sampled(shop, python):
    with shop.queries() as sent:
        assert chosen(shop, "python").total == 1
    assert len(sent) == 3


def test_an_empty_shop_finds_nothing(shop):
    assert both(shop, "python") == suggested(shop, "p") == []
    assert in_session(shop, search.did_you_mean, "python") is None


# The doctor, and the migration.


def test_doctor_finds_and_mends_outdated_index(shop, python):
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
def test_doctor_command_reports_outdated_index(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    shop = Shop.open(ini)
    shop.init()
    shop.add_course("python")
    with shop.writing() as request:
        request.db.execute(update(Course).values(title="Ruby"))
    shop.close()
    run = CliRunner().invoke
    broken = run(cli, ["doctor", str(ini)])
    assert broken.exit_code == 1
    assert "/courses/python: wrong; is searched by other words than it has" in broken.output
    assert run(cli, ["doctor", str(ini), "--mend"]).exit_code == 0
    assert run(cli, ["doctor", str(ini)]).output == "No problems found.\n"


def test_migration_indexes_existing_courses(shop, python):
    shop.add_course("fluss", title="Fließen", about="Flour", instructors=["ann", "bob"])
    core, *_rest = migrations.environments(shop.registry)
    for revision in ("0008", "head"):
        move = command.downgrade if revision == "0008" else command.upgrade
        with migrations.migrating(shop.engine) as connection:
            move(core.config(connection), revision)
    assert wrong(shop) == []
    assert both(shop, "fliessen bob") == ["fluss"]
    assert both(shop, "flour") == ["backend", "fluss"]
    assert in_session(shop, search.did_you_mean, "kneeding") == "kneading"
    edit(shop, "fluss", title="Rivers")
    assert both(shop, "rivers") == ["fluss"]
    assert both(shop, "fliessen") == []


# Words and terms.


def test_terms_are_short_and_alphanumeric_ascii():
    for text in ("Ünï", "программирование", "学", "𠀀", "x" * 500, "ﷺ" * 9):
        for word in words(text):
            assert word.term.isascii()
            assert word.term.isalnum()
            assert 3 <= len(word.term) <= LONGEST_TERM


def test_prefix_of_word_has_prefix_of_its_term():
    assert term(fold("программирование")).startswith(term(fold("Програм")))


def test_only_words_of_letters_enter_vocabulary():
    assert list(unseen(["a ab abc 123 x1y2 学ぶ " + "x" * 31]).values()) == ["abc"]
    assert unseen(["Abc"], {"xxabc"}) == {}


def test_vocabulary_keeps_words_of_former_texts(shop, python):
    edit(shop, "backend", title="Backend With Ruby")
    with shop.reading() as request:
        known = set(request.db.scalars(select(SearchWord.word)))
    assert {"python", "ruby", "backend", "kneading", "ann"} <= known
