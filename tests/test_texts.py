"""Lines and texts are validated, and usernames trimmed, in the same way everywhere."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from browsing import Visitor, form_with
from helpers import write_ini
from lxml import etree
from operating import courseshop
from sending import sent_by
from sqlalchemy import update
from writers import FULL, REVIEWS, URL, Writer, enrolled, fault_of

from courseshop import importing
from courseshop.domain import text
from courseshop.models import Category, Course, User
from courseshop.services import mail
from courseshop.services.avatar import avatar
from courseshop.services.covers import cover
from courseshop.settings.ini import read

# Invalid in any text: controls, deprecated format, noncharacters, annotation, a tag.
INVALID_IN_TEXT = ("\x00", "\x1f", "\x9b", "\u206a", "\ufdd0", "\ufff9", "\ufffe", "\uffff",
                   "\U0003fffe", "\U0010ffff", "\U000e0041")  # fmt: skip
# Invalid in any line: also line breaks of all kinds, and direction characters.
INVALID_IN_LINE = (*INVALID_IN_TEXT, "\n", "\t", "\x85", "\u2028", "\u2029", "\u202e", "\u2066")
RULE = "Use letters, numbers, punctuation and spaces; no invisible characters."
# Spaces and invisible characters that are copied along with a username or an address.
AROUND = (" ", "\t", "\n", "\xa0", "\u3000", "\u200b", "\ufeff", "\u2060", "\xad", "\u200e\u202a")


@pytest.mark.parametrize("odd", INVALID_IN_LINE, ids=ascii)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "a{}b"), ("subtitle", "a{}b"), ("summary", "a{}b"), ("tags", ["a{}b"]),
        ("outcomes", ["a{}b"]), ("outline", [{"title": "a{}b", "lessons": []}]),
    ],
)  # fmt: skip
def test_course_line_refuses_invalid_character_naming_it(teacher, field, value, odd):
    sent = value.format(odd) if isinstance(value, str) else _filled(value, odd)
    answer = teacher.patch(URL, {field: sent})
    assert answer.status_int == 422
    (fault,) = answer.json["errors"]
    assert fault["message"] == f"{RULE} Remove {text.character_name(odd)}."


def _filled(value, odd):
    if isinstance(value[0], str):
        return [value[0].format(odd)]
    return [{**value[0], "title": value[0]["title"].format(odd)}]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("title", "This field is required."),
        ("summary", f"{RULE} Remove U+202E RIGHT-TO-LEFT OVERRIDE."),
        ("slug", "Use lowercase letters and numbers; separate words with single hyphens."),
    ],
)
def test_only_a_field_that_must_be_visible_is_required(teacher, field, message):
    (fault,) = teacher.patch(URL, {field: "\u202e"}).json["errors"]
    assert fault["message"] == message


def test_a_tag_with_a_comma_gets_the_reason(teacher):
    (fault,) = teacher.patch(URL, {"tags": ["a,b"]}).json["errors"]
    assert fault["message"] == "A tag can't contain a comma. Remove it, or use two tags."


@pytest.mark.parametrize("odd", INVALID_IN_TEXT, ids=ascii)
def test_text_refuses_invalid_character(shop, teacher, odd):
    about = teacher.patch(URL, {"about": {"markdown": f"a{odd}b"}})
    assert fault_of(about) == ("about.markdown", "string_pattern_mismatch")
    assert "Remove U+" in about.json["errors"][0]["message"]
    sam = enrolled(shop)
    assert fault_of(sam.post(REVIEWS, {"rating": 3, "text": f"a{odd}b"}))[0] == "text"


def test_line_breaks_in_text_become_line_feeds(teacher):
    about = {"markdown": "a\r\nb\rc\x85d\u2028e\u2029f\x0bg\x0ch"}
    shown = teacher.patch(URL, {"about": about}).json["about"]["markdown"]
    assert shown == "a\nb\nc\nd\ne\nf\ng\nh"


def test_line_breaks_in_text_area_separate_entries_or_become_spaces(teacher):
    form = form_with(teacher.browser().get(f"{URL}/edit"), "Save")
    form["summary"], form["outcomes"] = "One\u2028two", "Bake\u2029Cook\x85Eat"
    assert form.submit().status_int == 303
    shown = teacher.get(URL).json
    assert (shown["summary"], shown["outcomes"]) == ("One two", ["Bake", "Cook", "Eat"])


BLANKS = [
    *("\u200b", "\ufeff\xad", "\u2800", "\u2060 \ufe0f", "\u3164", "\u115f\u1160", "\uffa0"),
    *("\U000e0100", "\U000e0fff\u200b", "\U0001d173", "\U0001bca0", "\u180e", "\u17b4"),
]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_name_or_text_that_shows_nothing_is_missing(shop, teacher, blank):
    review = enrolled(shop).post(REVIEWS, {"rating": 3}).json["url"]
    outline = [{"title": "One", "lessons": [{"title": blank, "minutes": 1}]}]
    wishlist = teacher.post("/wishlists", {"name": "Later"}).json["url"]
    for method, url, field, body in (
        ("POST", "/wishlists", "name", {"name": blank}),
        ("PATCH", wishlist, "name", {"name": blank}),
        ("PATCH", "/account", "name", {"name": blank}),
        ("PUT", f"{review}/reply", "text", {"text": blank}),
        ("PATCH", URL, "title", {"title": blank}),
        ("PATCH", URL, "tags.0", {"tags": [blank]}),
        ("PATCH", URL, "outcomes.0", {"outcomes": [blank]}),
        ("PATCH", URL, "outline.0.lessons.0.title", {"outline": outline}),
    ):
        answer = teacher.ask(method, url, body)
        assert answer.status_int == 422, (method, url, body)
        (fault,) = answer.json["errors"]
        assert (fault["field"], fault["message"]) == (field, "This field is required.")
    assert Visitor(shop).register("bob", name=blank).status_int == 422


@pytest.mark.parametrize("blank", ["\u3164", "\u200b", "\U000e0100"], ids=ascii)
def test_invisible_name_counts_as_missing(own_url, tmp_path, blank):
    ini, stdin = write_ini(tmp_path, own_url), "seven quiet herons\n"
    mail = ("--email", "bob@example.com", "--password-stdin")
    assert courseshop("user", "add", ini, "bob", *mail, stdin=stdin).returncode == 0
    for command in (
        ("user", "add", ini, "ann", "--name", blank, *mail),
        ("token", "add", ini, "bob", "--name", blank),
        ("category", "add", ini, "bread", blank),
    ):
        done = courseshop(*command, stdin=stdin)
        assert (done.returncode, done.stdout) == (1, "")
        assert "This field is required." in done.stderr


def test_search_ignores_invalid_characters(shop, teacher):
    for odd in ("\u2028", "\u202a", "\ufffe", "\x9b", "\U000e0041"):
        found = shop.json(f"/courses?q={quote(f'Backend {odd}Python{odd}')}").json
        assert [course["slug"] for course in found["items"]] == ["backend-with-python"]


@pytest.mark.parametrize("odd", ["\x9b", "\ufffe", "\U000e0041", "\u206a"], ids=ascii)
@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.md", "---\ntitle: Bread\ncategory: Things\n---\nTe{}xt."),
        ("x.json", '{{"title": "Bread", "category": "Things", "about": "Te{}xt."}}'),
        ("x.txt", "Things\nBr{}ead\nAbout Course\nText."),
    ],
)
def test_import_refuses_invalid_character_naming_it(shop, tmp_path, name, form, odd):
    (tmp_path / name).write_text(form.format(odd))
    with shop.writing() as request:
        (report,) = importing.run(request, [tmp_path / name])
    assert report.outcome == "refused"
    assert text.character_name(odd) in report.detail


def test_import_refuses_escaped_line_break_in_title(shop, tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"title": "Br\\u2028ead", "category": "Things"}')
    with shop.writing() as request:
        (report,) = importing.run(request, [path])
    assert report.detail == f"title: {RULE} Remove U+2028 LINE SEPARATOR."


def test_command_refuses_invalid_character_in_title(shop, own_url, tmp_path):
    done = courseshop("category", "add", write_ini(tmp_path, own_url), "bread", "Br\u2028ead")
    assert done.returncode == 1
    assert f"title: {RULE} Remove U+2028 LINE SEPARATOR." in done.stderr


@pytest.mark.parametrize("odd", ["\u2028", "\x85", "\ufffe", "\x9b", "\u202e"], ids=ascii)
@pytest.mark.parametrize("name", ["courseshop.name", "courseshop.mail_from"])
def test_setting_refuses_invalid_character(name, odd):
    with pytest.raises(Exception, match=name):
        read({name: f"a{odd}b <a@example.org>", "courseshop.mode": "development"})


def spoil(shop, odd):
    """Store odd characters in titles and names, which an earlier release accepted."""
    with shop.writing() as request:
        for column in (Course.title, Course.summary, Category.title, User.name):
            request.db.execute(update(column.class_).values({column.key: f"<a&{odd}b> c"}))


@pytest.mark.parametrize("odd", ["\ufffe", "\x1b", "\u2028", "\uffff"], ids=ascii)
def test_xml_with_odd_stored_titles_is_well_formed(shop, teacher, odd):
    spoil(shop, odd)
    for path in (f"{URL}/feed.atom", "/feed.atom", "/sitemap.xml", "/opensearch.xml"):
        etree.fromstring(shop.get(path).body)
    for svg in (avatar(f"{odd}a&b"), cover(f"{odd}a&b", "things")):
        etree.fromstring(svg)
    shown = shop.get(URL)
    image = shown.html.find("meta", property="og:image")["content"]
    assert shop.get(image.removeprefix("http://localhost")).content_type == "image/png"


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x1c"], ids=ascii)
def test_mail_about_stored_title_with_line_breaks_is_sent(shop, teacher, odd):
    sam = enrolled(shop)
    review = sam.post(REVIEWS, {"rating": 3}).json
    spoil(shop, odd)
    teacher.ask("PUT", f"{review['url']}/reply", {"text": "Thank you."})
    with shop.writing() as request:
        request.db.execute(update(User).where(User.id == sam.id).values(email="sam@example.org"))
        facts = {"locale": "en", "base_url": "http://localhost", "review_id": review["id"]}
        mail.queue(request.db, "replied", "sam@example.org", user_id=sam.id, **facts)
    assert {len(one["Subject"].splitlines()) for one in sent_by(shop)} == {1}


@pytest.mark.parametrize("around", AROUND, ids=ascii)
def test_spaces_around_username_and_address_are_trimmed_at_login(shop, around):
    visitor = Visitor(shop)
    email = f"{around}alice@example.com{around}"
    answer = visitor.register(f"{around}alice{around}", name="Alice", email=email)
    assert answer.status_int == 303, answer.text
    with shop.writing() as request:
        request.db.execute(update(User).values(email="alice@example.com"))
    for name in ("Alice", "alice@example.com"):
        login = Visitor(shop).log_in(f"{around}{name}{around}")
        assert login.status_int == 303
    answer = Visitor(shop).post_json("/account/reset", {"email": f"{around}alice@example.com"})
    assert answer.status_int < 300


def test_password_keeps_its_spaces(shop):
    visitor = Visitor(shop)
    visitor.register("alice", password="  seven quiet herons ")
    assert Visitor(shop).log_in("alice", "seven quiet herons").status_int == 401
    assert Visitor(shop).log_in("alice", "  seven quiet herons ").status_int == 303


def test_invitation_filter_and_import_trim_usernames_too(shop, teacher, tmp_path):
    Writer(shop, "bob")
    answer = teacher.post(f"{URL}/instructors", {"username": "\u200bbob\xa0"})
    assert answer.status_int < 300, answer.text
    assert shop.json(f"/courses?instructor={quote(' ann' + chr(0xFEFF))}").json["total"] == 1
    path = tmp_path / "x.md"
    path.write_text('---\ntitle: Bread\ncategory: Things\ninstructors: ["ann\xa0"]\n---\nText.')
    with shop.writing() as request:
        (report,) = importing.run(request, [path])
    assert report.outcome == "created", report.detail


def test_commands_trim_usernames_too(own_url, tmp_path):
    ini, secret = write_ini(tmp_path, own_url), "seven quiet herons\n"
    where = ("--email", "\u200bbob@example.com ", "--password-stdin")
    assert courseshop("user", "add", ini, " bob\xa0", *where, stdin=secret).returncode == 0
    for command in (
        "user role INI \xa0bob admin",
        "token add INI bob\u200b",
        "why INI bob\ufeff view /",
    ):
        done = courseshop(*(ini if word == "INI" else word for word in command.split(" ")))
        assert done.returncode == 0, done.stderr


def test_full_course_with_emoji_and_joiners_is_accepted(teacher):
    assert (
        teacher.post("/courses", {**FULL, "title": "हिन्दी 👩\u200d🍳 فارسی\u200c"}).status_int
        == 201
    )
