"""Several instructors of one course: invite, accept, decline, leave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import form_with, link_with
from writers import WORDS, Writer, fault_of, publish

from courseshop.domain.actor import Actor

URL = "/courses/backend-with-python"
PEOPLE = f"{URL}/instructors"
INVITED = "/account/invitations/backend-with-python"


@pytest.fixture
def author(shop):
    writer = Writer(shop, "ann")
    writer.write()
    return writer


@pytest.fixture
def bob(shop):
    return Writer(shop, "bob", "student")


def names(reader):
    return [one["username"] for one in reader.get(URL).json["instructors"]]


@pytest.mark.databases
def test_invited_user_accepts_and_becomes_an_instructor(shop, author, bob):
    invited = author.post(PEOPLE, {"username": "bob"})
    assert invited.status_int == 201
    assert invited.headers["Location"] == f"http://localhost{PEOPLE}/bob"
    assert author.get(invited.headers["Location"]).json == invited.json
    assert invited.json["invited"] is True
    assert names(author) == ["ann"]
    assert bob.get(URL).status_int == 404
    (invitation,) = bob.get("/account/invitations").json["items"]
    assert invitation["course"]["title"] == WORDS["title"]
    assert invitation["by"]["username"] == "ann"
    assert sorted(invitation) == ["accepted", "by", "course", "created_at", "links", "url"]
    accepted = bob.ask("PUT", invitation["url"])
    assert (accepted.status_int, accepted.json["accepted"]) == (200, True)
    assert names(bob) == ["ann", "bob"]
    assert bob.patch(URL, {"title": "Ours"}).json["title"] == "Ours"
    assert bob.get("/account/invitations").json["items"] == []
    publish(shop, URL)
    assert "Ann, Bob" in " ".join(shop.get(URL).html.find(class_="course-meta").text.split())


def test_accepting_twice_adds_the_instructor_once(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: bob.ask("PUT", INVITED), range(4)))
    assert {answer.status_int for answer in answers} == {200}
    assert names(author) == ["ann", "bob"]
    assert bob.get(INVITED).json["accepted"] is True


def test_user_can_decline_and_be_invited_again(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    assert bob.ask("DELETE", INVITED).status_int == 204
    assert bob.ask("PUT", INVITED).status_int == 404
    assert names(author) == ["ann"]
    assert author.post(PEOPLE, {"username": "bob"}).status_int == 201


def test_declining_after_accepting_removes_no_instructor(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    bob.ask("PUT", INVITED)
    assert bob.ask("DELETE", INVITED).status_int == 204
    assert names(author) == ["ann", "bob"]


def test_instructor_can_withdraw_an_invitation(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    assert author.ask("DELETE", f"{PEOPLE}/bob").status_int == 204
    assert bob.get(INVITED).status_int == 404
    assert bob.ask("PUT", INVITED).status_int == 404


def test_only_the_invited_user_can_answer_an_invitation(shop, author, bob):
    author.post(PEOPLE, {"username": "bob"})
    eve = Writer(shop, "eve")
    assert eve.ask("PUT", INVITED).status_int == 404
    assert eve.get(PEOPLE).status_int == 404
    assert author.ask("PUT", INVITED).json["accepted"] is True
    assert names(author) == ["ann"]
    assert bob.get(f"{PEOPLE}/bob").status_int == 404


@pytest.mark.parametrize(
    ("username", "status", "code"),
    [("nobody", 409, "unknown"), ("ann", 409, "instructor"), ("bob", 409, "invited"), ("A B", 422, None)],
)  # fmt: skip
def test_invalid_invitation_is_refused(author, bob, username, status, code):
    assert author.post(PEOPLE, {"username": "bob"}).status_int == 201
    answer = author.post(PEOPLE, {"username": username})
    assert answer.status_int == status
    field, found = fault_of(answer)
    assert field == "username"
    assert found == (code or "string_pattern_mismatch")


@pytest.mark.databases
def test_course_has_at_most_twenty_instructors(shop, author):
    for number in range(19):
        shop.add_person(f"person-{number}")
        assert author.post(PEOPLE, {"username": f"person-{number}"}).status_int == 201
    shop.add_person("one-more")
    answer = author.post(PEOPLE, {"username": "one-more"})
    assert (answer.status_int, fault_of(answer)) == (409, ("username", "too_many"))


@pytest.mark.databases
def test_instructor_who_has_left_cannot_edit_the_course(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    bob.ask("PUT", INVITED)
    assert bob.ask("DELETE", f"{PEOPLE}/bob").status_int == 204
    assert names(author) == ["ann"]
    assert bob.patch(URL, {"title": "x"}).status_int == 404


def test_only_moderators_can_remove_other_instructors(shop, author, bob):
    author.post(PEOPLE, {"username": "bob"})
    bob.ask("PUT", INVITED)
    assert bob.ask("DELETE", f"{PEOPLE}/ann").status_int == 403
    assert "delete" not in bob.get(f"{PEOPLE}/ann").json["links"]
    assert "delete" in bob.get(f"{PEOPLE}/bob").json["links"]
    moderator = Writer(shop, "mira", "moderator")
    assert moderator.ask("DELETE", f"{PEOPLE}/ann").status_int == 204
    assert names(moderator) == ["bob"]


def test_last_instructor_cannot_leave(author):
    answer = author.ask("DELETE", f"{PEOPLE}/ann")
    assert (answer.status_int, fault_of(answer)) == (409, ("", "last_instructor"))
    assert names(author) == ["ann"]


@pytest.mark.databases
def test_only_one_of_two_instructors_can_leave_at_once(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    bob.ask("PUT", INVITED)
    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(lambda who: who.ask("DELETE", f"{PEOPLE}/{who.username}"), (author, bob))
        )
    assert sorted(answer.status_int for answer in answers) == [204, 409]
    stays = [who for who in (author, bob) if who.get(URL).status_int == 200]
    assert len(stays) == 1
    assert names(stays[0]) == [stays[0].username]


def test_new_instructor_changes_the_etag_but_not_the_version(author, bob):
    before = author.get(URL)
    author.post(PEOPLE, {"username": "bob"})
    bob.ask("PUT", INVITED)
    after = author.get(URL)
    assert after.json["version"] == before.json["version"]
    assert after.headers["ETag"] != before.headers["ETag"]
    assert author.patch(URL, {"title": "x"}, If_Match=before.headers["ETag"]).status_int == 200


def test_browser_can_invite_accept_and_leave(author, bob):
    page = author.browser().fill(PEOPLE, "Invite", username="bob").follow()
    assert "Invitation sent" in page.html.find(role="status").text
    assert "Invited" in page.html.main.text
    browser = bob.browser()
    account = browser.get("/account")
    assert "Ann invited you" in account.text
    form = form_with(account, "Accept")
    joined = form.submit("on", value="1").follow()
    assert "You're now an instructor of this course" in joined.html.find(role="status").text
    asked = browser.get(f"{PEOPLE}/bob/delete")
    assert "Leave Backend With Python?" in asked.html.h1.text
    gone = browser.submit(asked, "Leave").follow()
    assert gone.html.h1.text == "Bob"
    assert names(author) == ["ann"]


def test_browser_can_decline(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    page = bob.browser().get(INVITED)
    assert page.html.h1.text == "Invitation to teach Backend With Python"
    asked = bob.browser().get(link_with(page, "Decline"))
    assert asked.html.h1.text == "Decline the invitation to teach “Backend With Python”?"
    assert "you'd need a new invitation" in asked.html.main.text
    assert bob.get(INVITED).json["accepted"] is False
    assert link_with(asked, "Cancel") == f"http://localhost{INVITED}"
    declined = form_with(asked, "Decline").submit().follow()
    assert "no invitations" in declined.html.main.text
    assert names(author) == ["ann"]


def test_refused_invitation_shows_its_error_at_the_field(author):
    page = author.browser().fill(PEOPLE, "Invite", username="nobody")
    assert page.status_int == 409
    field = page.html.find("input", {"name": "username"})
    assert (field["value"], field["aria-invalid"]) == ("nobody", "true")
    assert "There is no user called nobody." in page.html.find(id=field["aria-describedby"]).text


def test_teaching_shows_the_invitations_on_top(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    page = bob.browser().get("/account/teaching")
    assert page.html.main.find(id="invitations").text == "Invitations"
    assert form_with(page, "Accept: Backend With Python")


def test_an_invitation_tells_what_the_course_is_about(author, bob):
    author.post(PEOPLE, {"username": "bob"})
    summary = author.get(URL).json["summary"]
    assert bob.get(INVITED).json["course"]["summary"] == summary
    main = bob.browser().get(INVITED).html.main
    assert summary in main.text
    assert main.find("time")


def test_an_unconfirmed_address_is_named_instead_of_buttons(shop, author, bob):
    author.post(PEOPLE, {"username": "bob"})
    page = shop.get(INVITED, Actor(id=bob.id, role="student", username="bob", limited=True))
    assert "To answer, first confirm your email address." in page.html.main.text
    assert page.html.main.find("button") is None
