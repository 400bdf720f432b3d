"""The instructor's reply to a review: posted, edited, deleted, and mailed to the student."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from browsing import Visitor, form_with, link_with
from writers import REVIEWS, URL, Writer, fault_of


@pytest.fixture
def review(student):
    return student.post(REVIEWS, {"rating": 2, "text": "Too fast."}).json["url"]


@pytest.mark.databases
def test_instructor_can_post_edit_and_delete_reply(shop, teacher, review):
    made = teacher.ask("PUT", f"{review}/reply", {"text": "*Sorry*. Try half speed."})
    assert (made.status_int, made.headers["Location"]) == (201, f"{review}/reply")
    shown = shop.json(review.removeprefix("http://localhost")).json["reply"]
    assert shown["author"]["username"] == "ann"
    assert shown["text"]["html"] == "<p><em>Sorry</em>. Try half speed.</p>\n"
    assert shown["edited_at"] is None
    assert "Try half speed." in shop.get(URL).html.find(class_="reply").text
    edited = teacher.ask("PUT", f"{review}/reply", {"text": "Try half speed."})
    assert edited.status_int == 200
    assert edited.json["reply"]["edited_at"] > shown["created_at"]
    assert edited.json["version"] == made.json["version"] + 1
    for _time in range(2):
        assert teacher.ask("DELETE", f"{review}/reply").status_int == 204
    assert shop.json(review.removeprefix("http://localhost")).json["reply"] is None
    assert shop.get(URL).html.find(class_="reply") is None


def test_reply_shows_at_once_and_does_not_make_review_stale(shop, teacher, student, review):
    tag = student.get(review).headers["ETag"]
    teacher.ask("PUT", f"{review}/reply", {"text": "Thanks."})
    again = student.get(review, If_None_Match=tag)
    assert (again.status_int, again.json["reply"]["text"]["markdown"]) == (200, "Thanks.")
    assert student.patch(review, {"rating": 3}, If_Match=tag).status_int == 200


def test_new_name_of_former_instructor_shows_at_once_on_reply(shop, teacher, review):
    bea = Writer(shop, "bea")
    teacher.post(f"{URL}/instructors", {"username": "bea"})
    bea.ask("PUT", "/account/invitations/backend-with-python")
    bea.ask("PUT", f"{review}/reply", {"text": "Thanks."})
    assert bea.ask("DELETE", f"{URL}/instructors/bea").status_int == 204
    tag = shop.get(URL).headers["ETag"]
    bea.patch("/account", {"name": "Beatrice"})
    page = shop.get(URL, If_None_Match=tag)
    assert "Reply by Beatrice" in page.html.find(class_="reply").text


def test_only_instructors_reply_and_moderators_may_only_delete(shop, teacher, student, review):
    other, mira = Writer(shop, "other"), Writer(shop, "mo", "moderator")
    body = {"text": "I know better."}
    assert shop.json(f"{review}/reply".removeprefix("http://localhost")).status_int == 401
    for writer in (student, other):
        assert writer.ask("PUT", f"{review}/reply", body).status_int == 403
        assert writer.ask("DELETE", f"{review}/reply").status_int == 403
        assert "reply" not in writer.get(review).json["links"]
    assert mira.ask("PUT", f"{review}/reply", body).status_int == 403
    assert mira.post(f"{review}/reply", {"on": 1, **body}).status_int == 403
    teacher.ask("PUT", f"{review}/reply", body)
    assert "Edit reply" in teacher.browser().get(review).text
    assert "reply" not in mira.get(review).json["links"]
    case = mira.browser().get(f"{review}/moderate")
    away = case.html.find("a", string="Delete reply")["href"]
    assert mira.browser().submit(mira.browser().get(away), "Delete").status_int == 303
    assert teacher.get(review).json["reply"] is None
    teacher.ask("PUT", f"{review}/reply", body)
    assert mira.ask("DELETE", f"{review}/reply").status_int == 204
    assert teacher.get(review).json["reply"] is None
    entries = Writer(shop, "root", "admin").get("/audit").json["items"]
    entry, _other = [one for one in entries if one["kind"] == "reply_removed"]
    assert (entry["actor"], entry["subject"]) == ("mo", "ann")


@pytest.mark.parametrize("text", ["", " \n ", "x" * 5_001, "\0", None, 7])
def test_reply_must_have_1_to_5000_characters(teacher, review, text):
    answer = teacher.ask("PUT", f"{review}/reply", {"text": text})
    assert (answer.status_int, fault_of(answer)[0]) == (422, "text")
    assert teacher.get(review).json["reply"] is None


def test_reply_to_hidden_review_gets_404(shop, teacher, student, review):
    mira = Writer(shop, "mo", "moderator")
    mira.post(f"{review}/moderate", {"decision": "hide", "reason": "Rude."})
    assert teacher.ask("PUT", f"{review}/reply", {"text": "Thanks."}).status_int == 404


def test_stale_reply_gets_412_and_form_keeps_text(teacher, review):
    teacher.ask("PUT", f"{review}/reply", {"text": "One."})
    tag = teacher.get(f"{review}/reply").headers["ETag"]
    form = form_with(teacher.browser().get(f"{review}/reply"), "Save")
    assert teacher.ask("PUT", f"{review}/reply", {"text": "Two."}, If_Match=tag).status_int == 200
    assert teacher.ask("PUT", f"{review}/reply", {"text": "3."}, If_Match=tag).status_int == 412
    assert teacher.ask("DELETE", f"{review}/reply", If_Match=tag).status_int == 412
    form["text"] = "Four."
    both = form.submit(expect_errors=True)
    assert both.status_int == 412
    assert both.html.find(class_="stored").text == "Two."
    assert form_with(both, "Save")["text"].value == "Four."
    assert form_with(both, "Save").submit().status_int == 303
    assert teacher.get(review).json["reply"]["text"]["markdown"] == "Four."


@pytest.mark.databases
def test_recreated_reply_does_not_match_old_etag(shop, teacher, review):
    teacher.ask("PUT", f"{review}/reply", {"text": "One."})
    tag = teacher.get(f"{review}/reply").headers["ETag"]
    teacher.ask("DELETE", f"{review}/reply")
    teacher.ask("PUT", f"{review}/reply", {"text": "Two."})
    assert teacher.ask("PUT", f"{review}/reply", {"text": "3."}, If_Match=tag).status_int == 412


@pytest.mark.databases
def test_second_reply_is_mailed_after_first_was_deleted_unsent(shop, teacher, review):
    teacher.ask("PUT", f"{review}/reply", {"text": "Oops."})
    teacher.ask("DELETE", f"{review}/reply")
    assert replied(shop) == []
    teacher.ask("PUT", f"{review}/reply", {"text": "Slow down."})
    assert "Slow down." in replied(shop)[0].get_content()


@pytest.mark.databases
def test_concurrent_replies_store_one_and_mail_once(shop, teacher, student, review):
    def put(n):
        return teacher.ask("PUT", f"{review}/reply", {"text": f"Reply {n}."}).status_int

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(put, range(6)))
    assert set(statuses) <= {200, 201, 503}
    assert statuses.count(201) == 1
    assert teacher.get(review).json["reply"]["text"]["markdown"].startswith("Reply ")
    assert len(replied(shop)) == 1


def test_student_gets_one_mail_with_text_and_link(shop, teacher, student, review):
    teacher.ask("PUT", f"{review}/reply", {"text": "Try *half* speed."})
    teacher.ask("PUT", f"{review}/reply", {"text": "Try half speed, really."})
    teacher.ask("DELETE", f"{review}/reply")
    teacher.ask("PUT", f"{review}/reply", {"text": "Slow down."})
    (mail,) = replied(shop)
    assert mail["To"] == "sam@example.com"
    assert mail["Subject"] == "New reply to your review of Backend With Python"
    words = mail.get_content()
    assert "Hello Sam," in words
    assert "Slow down." in words
    assert review in words


def test_deleted_reply_is_not_mailed(shop, teacher, review):
    teacher.ask("PUT", f"{review}/reply", {"text": "Try half speed."})
    teacher.ask("DELETE", f"{review}/reply")
    assert replied(shop) == []


def replied(shop):
    return [mail for mail in Visitor(shop).mail() if "New reply to" in mail["Subject"]]


def test_reply_form_works_without_javascript(teacher, review):
    browser = teacher.browser()
    page = browser.get(link_with(browser.get(URL), "Reply"))
    assert "Too fast." in page.text
    refused = browser.submit(page, "Post reply", text=" ")
    assert refused.status_int == 422
    assert refused.html.find(id="about-text").find(class_="fault")
    done = browser.submit(refused, "Post reply", text="Try half speed.")
    assert done.location == f"http://localhost{URL}#reply-{review.rpartition('/')[2]}"
    assert "Your reply is published." in done.follow().text
    asked = browser.get(
        browser.get(f"{review}/reply").html.find("a", string="Delete reply")["href"]
    )
    assert "Try half speed." in asked.text
    assert "Reply deleted." in browser.submit(asked, "Delete").follow().text
    assert teacher.get(review).json["reply"] is None
