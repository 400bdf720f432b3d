"""Record what a demo shop answers, as the examples of the API description: `make examples`.

The story below is told to a new shop. What is another one each time, moments and secrets, gets a
fixed stand-in; all else stands as it was answered. test_examples.py tells it again and compares.
"""

from __future__ import annotations

import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from helpers import JSON, Shop, write_ini

from courseshop.domain.actor import Actor
from courseshop.domain.shop import shop_of
from courseshop.framework.openapi.examples import FILE, RECORDED_AT
from courseshop.protection import signed_links
from courseshop.schemas.report import ReportDraft
from courseshop.services import own_courses, report, review, user

COURSE, REVIEW = "/courses/{slug}", "/courses/{slug}/reviews/{id}"
SEED = {"slug": "backend-with-python"}
RATED = {"slug": "bookkeeping-for-people-who-would-rather-not"}
FIRST = {**RATED, "id": "1"}
NEW = {"slug": "bread-for-two"}
DEFAULT = {"key": "default", **SEED}
PASSWORD, NEXT_PASSWORD = "eleven quiet herons", "twelve loud herons"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
# When all this happened, for whoever reads it.
THEN = datetime(2026, 11, 2, 9, tzinfo=UTC)
MOMENT = re.compile(r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z"')
CLOCK = re.compile(r"\(at \d\d:\d\d UTC\)")
TOKEN = re.compile(r'"cs_[A-Za-z0-9_-]{20,}"')


class Recorder:
    """Asks a shop, and keeps the first answer of each operation."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.now = shop, datetime.now(UTC)
        self.operations: dict[str, Any] = {}
        self.problems: dict[str, Any] = {}
        self.secrets: dict[str, str] = {}

    def actor(self, name: str | None) -> Actor | None:
        """Return whoever has this username, with the courses that they give and attend now."""
        if name is None:
            return None
        with self.shop.reading() as request:
            row = user.find(request.db, name)
            courses = own_courses.courses_of(request.db, row.id)
            facts = {"role": row.role, "name": row.name, "stamp": row.stamp}
            return Actor(id=row.id, username=name, **facts, **courses)

    def ask(self, who: str | None, method: str, url: str, body: Any = None, **headers: str) -> Any:
        """Send JSON, or another `body` as it is, and return the answer."""
        environ = {
            "test.actor": self.actor(who),
            "REMOTE_ADDR": "192.0.2.7",
            "HTTP_USER_AGENT": FIREFOX,
        }
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body, sent = json.dumps(body).encode(), {"Content-Type": "application/json", **sent}
        request = self.shop.app.RequestClass.blank(
            url, environ, RECORDED_AT, {**JSON, **sent}, method=method
        )
        request.body = body or b""
        return self.shop.app.do_request(request, expect_errors=True)

    def tell(
        self,
        who: str | None,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        **path_: str,
    ) -> Any:
        """Ask, and record: the operation is `path`, its parameters are `path_`."""
        url = path.format(**path_) + (f"?{query}" if query else "")
        answer = self.ask(who, method, url, body)
        assert answer.status_int < 400, (method, url, answer.text)
        found: dict[str, Any] = {"asked": f"{method} {url}", "path": path_}
        if body is not None:
            found["sent"] = body
        found["status"] = answer.status_int
        if answer.content_type == "application/json" and path != "/openapi.json":
            found["answer"] = answer.json
        self.operations.setdefault(f"{method} {path}", found)
        return answer

    def fail(
        self, status: int, who: str | None, method: str, url: str, body: Any = None, **headers: str
    ) -> None:
        """Ask for a problem, and record it."""
        answer = self.ask(who, method, url, body, **headers)
        assert answer.status_int == status, (method, url, answer.status_int, answer.text)
        self.problems[str(status)] = {"asked": f"{method} {url}", "answer": answer.json}

    def hide(self, secret: str, stand_in: str) -> None:
        self.secrets[secret] = stand_in

    def recorded(self) -> dict[str, Any]:
        """Return all that was recorded, the same as each time."""
        found = {"operations": self.operations, "problems": self.problems}
        text = json.dumps(found, ensure_ascii=False, sort_keys=True)
        for secret, stand_in in self.secrets.items():
            text = text.replace(secret, stand_in)
        text = CLOCK.sub("(at 09:05 UTC)", text)
        text = TOKEN.sub('"cs_AnExampleThatOpensNothing"', text)
        return json.loads(MOMENT.sub(self.shifted, text))

    def shifted(self, found: re.Match[str]) -> str:
        """Return a moment of this recording as if it were THEN now; those of the demo stay."""
        hours = round((datetime.fromisoformat(f"{found[1]}Z") - self.now) / timedelta(hours=1))
        return found[0] if hours < 0 else f'"{THEN + timedelta(hours=hours):%Y-%m-%dT%H:%M:%S}Z"'


def record_demo(ini: Path) -> dict[str, Any]:
    """Return what a new demo shop answers; stamps, and so some versions, begin at 1 in it."""
    shop = Shop.open(ini)
    with patch("courseshop.database.stamps.FIRST_STAMPS", 1):
        shop.init(demo=True)
        found = record(shop)
    shop.close()
    return found


def record(shop: Shop) -> dict[str, Any]:
    """Return the examples that a demo shop gives."""
    recorder = Recorder(shop)
    for chapter in (look_around, join, write, attend, judge, wish, administer, go_wrong):
        chapter(recorder)
    return recorder.recorded()


def look_around(r: Recorder) -> None:
    r.tell(None, "GET", "/")
    r.tell(None, "GET", "/courses", query="category=web-development&sort=rating&limit=1")
    r.tell(None, "GET", "/courses/suggestions", query="q=desi")
    compared = "course=backend-with-python&course=messy-data"
    r.tell(None, "GET", "/courses/compare", query=compared)
    r.tell(None, "GET", COURSE, **SEED)
    r.tell(None, "GET", f"{COURSE}/reviews", query="limit=2", **RATED)
    r.tell(None, "GET", REVIEW, **FIRST)
    r.tell(None, "GET", f"{REVIEW}/helpful", **FIRST)
    r.tell(None, "GET", f"{COURSE}/enrolment", **SEED)
    r.tell(None, "GET", f"{COURSE}/share", **SEED)
    r.tell(None, "GET", f"{COURSE}/share/{{network}}", **SEED, network="bluesky")
    r.tell(None, "GET", "/categories")
    r.tell(None, "GET", "/categories/{slug}", query="limit=1", slug="design")
    r.tell(None, "GET", "/people/{username}", username="jonas-lindqvist")
    r.tell(None, "GET", "/sitemaps/{name}", name="courses-1.xml")
    for page in ("/api", "/livez", "/readyz"):
        r.tell(None, "GET", page)


def join(r: Recorder) -> None:
    ada = {"username": "ada", "name": "Ada", "email": "ada@example.com", "password": PASSWORD}
    login = {"username": "ada", "password": PASSWORD}
    change = {"current_password": PASSWORD, "new_password": NEXT_PASSWORD}
    for door in ("login", "register", "logout", "reset", "reset/new", "confirm"):
        r.tell(None, "GET", f"/account/{door}")
    r.tell(None, "POST", "/account/register", ada)
    r.tell("ada", "POST", "/account/confirm/again")
    row = mailed(r)
    confirm = signed_links.make_key(
        shop_of(r.shop.registry).settings, "confirm", row.id, ada["email"]
    )
    r.hide(confirm, "the-key-of-the-mailed-link")
    r.tell("ada", "POST", "/account/confirm", {"key": confirm})
    r.tell(None, "POST", "/account/login", login)
    r.shop.app.reset()
    r.tell("ada", "GET", "/account")
    r.tell("ada", "GET", "/account/edit")
    r.tell("ada", "PATCH", "/account", {"name": "Ada King"})
    r.tell("ada", "POST", "/account/edit", {"name": "Ada King"})
    r.tell("ada", "GET", "/account/password")
    r.tell("ada", "POST", "/account/password", change)
    r.tell(None, "POST", "/account/reset", {"email": ada["email"]})
    row = mailed(r)
    mark = signed_links.password_fingerprint(row.password_hash)
    reset = signed_links.make_key(
        shop_of(r.shop.registry).settings, "reset", row.id, mark, ada["email"]
    )
    r.hide(reset, "the-key-of-the-mailed-link")
    r.tell(None, "POST", "/account/reset/new", {"key": reset, "new_password": PASSWORD})
    r.ask(None, "POST", "/account/login", login)
    r.tell("ada", "GET", "/account/proof")
    r.tell("ada", "POST", "/account/proof", {"current_password": PASSWORD})
    r.shop.app.reset()
    r.tell("ada", "GET", "/account/sessions")
    (here,) = r.ask("ada", "GET", "/account/sessions").json["items"]
    r.tell("ada", "GET", "/account/sessions/{id}", id=str(here["id"]))
    r.tell(
        "ada", "POST", "/account/tokens", {"name": "nightly report", "scope": "read", "days": 30}
    )
    r.tell("ada", "GET", "/account/tokens")
    r.tell("ada", "GET", "/account/tokens/{id}", id="1")
    r.tell("ada", "GET", "/account/tokens/{id}/delete", id="1")
    hide_cursor(r, r.tell("ada", "GET", "/account/audit", query="limit=2"))
    r.tell("ada", "GET", "/account/sessions/delete")
    r.tell("ada", "POST", "/account/sessions/delete", {"revoke_tokens": False})
    r.tell("ada", "DELETE", "/account/sessions", {"revoke_tokens": True})


def mailed(r: Recorder) -> Any:
    """Return whom the mailed link is for, with their password."""
    with r.shop.reading() as request:
        return user.find_with_password(request.db, r.actor("ada").id)


def write(r: Recorder) -> None:
    jonas, someone = "jonas-lindqvist", {"username": "ada"}
    course = {
        "title": "Bread for Two",
        "summary": "One small loaf, without kneading.",
        "about": {"markdown": "Flour, water, salt and *time*."},
        "category": {"slug": "health-and-home"},
        "level": "beginner",
        "language": "en",
        "duration_minutes": 95,
        "price": {"amount": "12.50"},
        "tags": ["bread", "by hand"],
        "outcomes": ["Bake a loaf"],
        "requirements": ["An oven"],
        "audience": ["Whoever eats"],
        "outline": [{"title": "Dough", "lessons": [{"title": "Mixing", "minutes": 20}]}],
    }
    r.tell(jonas, "GET", "/courses/new")
    r.tell(jonas, "POST", "/courses/preview", {"about": course["about"]})
    r.tell(jonas, "POST", "/courses", course)
    r.tell(jonas, "POST", "/courses/new", {"title": "Soup", "category": "health-and-home"})
    r.tell(jonas, "GET", f"{COURSE}/edit", **NEW)
    r.tell(jonas, "POST", f"{COURSE}/preview", {"about": course["about"]}, **NEW)
    r.tell(jonas, "PATCH", COURSE, {"price": {"amount": "0.00"}}, **NEW)
    r.tell(jonas, "POST", f"{COURSE}/edit", {"level": "all"}, **NEW)
    r.tell(jonas, "POST", f"{COURSE}/status", {"status": "submitted", "comment": "Please."}, **NEW)
    r.tell(jonas, "GET", f"{COURSE}/status", **NEW)
    r.tell(jonas, "POST", f"{COURSE}/instructors", someone, **SEED)
    r.tell(jonas, "GET", f"{COURSE}/instructors", **SEED)
    who = {**SEED, "username": jonas}
    r.tell(jonas, "GET", f"{COURSE}/instructors/{{username}}", **who)
    r.tell(jonas, "GET", f"{COURSE}/instructors/{{username}}/delete", **who)
    r.tell("ada", "GET", "/account/invitations")
    r.tell("ada", "GET", "/account/invitations/{slug}", **SEED)
    r.tell("ada", "GET", "/account/invitations/{slug}/delete", **SEED)
    r.tell("ada", "PUT", "/account/invitations/{slug}", **SEED)
    r.tell("ada", "POST", "/account/invitations/{slug}", {"on": 1}, **SEED)
    r.tell("ada", "GET", "/account/teaching")
    r.tell(jonas, "GET", f"{COURSE}/delete", **NEW)


def attend(r: Recorder) -> None:
    student, author, teacher = "demo-student", "ben-hargreaves", "daniel-whitcombe"
    r.tell(student, "PUT", f"{COURSE}/enrolment", **SEED)
    r.tell(student, "POST", f"{COURSE}/enrolment", {"on": 1}, **SEED)
    r.tell(student, "GET", "/account/courses", query="limit=1")
    words = {"rating": 5, "text": "Short, and *all* of it useful."}
    r.tell(student, "POST", f"{COURSE}/reviews", words, **SEED)
    r.tell(author, "GET", f"{REVIEW}/edit", **FIRST)
    r.tell(author, "PATCH", REVIEW, {"rating": 4}, **FIRST)
    r.tell(author, "POST", f"{REVIEW}/edit", {"text": "The biscuit tin is empty now."}, **FIRST)
    r.tell(author, "GET", f"{REVIEW}/history", **FIRST)
    r.tell(author, "GET", f"{REVIEW}/delete", **FIRST)
    r.tell(student, "PUT", f"{REVIEW}/helpful", **FIRST)
    r.tell(student, "POST", f"{REVIEW}/helpful", {"on": 1}, **FIRST)
    r.tell(teacher, "PUT", f"{REVIEW}/reply", {"text": "Thank you, Ben."}, **FIRST)
    r.tell(teacher, "POST", f"{REVIEW}/reply", {"on": 1, "text": "Thank you!"}, **FIRST)
    r.tell(teacher, "GET", f"{REVIEW}/reply", **FIRST)
    r.tell(teacher, "GET", f"{REVIEW}/reply/delete", **FIRST)
    complaint = {"reason": "off_topic", "comment": "This is about biscuits."}
    r.tell(student, "POST", f"{REVIEW}/reports", complaint, **FIRST)
    r.tell(student, "GET", f"{REVIEW}/reports", **FIRST)


def judge(r: Recorder) -> None:
    moderator = "demo-moderator"
    r.tell(moderator, "GET", "/moderation")
    r.tell(moderator, "GET", f"{REVIEW}/moderate", **FIRST)
    r.tell(moderator, "POST", f"{REVIEW}/moderate", {"decision": "dismiss"}, **FIRST)
    with r.shop.writing() as request:
        draft = ReportDraft(reason="other")
        report.add(request.db, r.actor("ada"), review.of_ids(request.db, [2])[2], draft)
        version = review.of_ids(request.db, [2])[2].version
    seen = {"id": 2, "version": version, "reports": 1}
    r.tell(moderator, "POST", "/moderation", {"decision": "dismiss", "reviews": [seen]})


def wish(r: Recorder) -> None:
    student, one = "demo-student", "/wishlists/{key}"
    r.tell(student, "PUT", f"{one}/{{slug}}", {"note": "For the long evenings."}, **DEFAULT)
    r.tell(student, "POST", f"{one}/{{slug}}", {"wish": "on"}, **DEFAULT)
    r.tell(student, "GET", f"{one}/{{slug}}", **DEFAULT)
    r.tell(student, "GET", f"{one}/{{slug}}/delete", **DEFAULT)
    r.tell(student, "GET", one, key="default")
    r.tell(student, "GET", f"{one}/edit", key="default")
    r.tell(student, "GET", f"{one}/delete", key="default")
    made = r.tell(student, "POST", "/wishlists", {"name": "Winter", "visibility": "link"})
    r.hide(made.json["key"], "AnExampleOfTwentyTwo__")
    for row in r.ask(student, "GET", "/wishlists").json["items"]:
        if row["default"]:
            r.hide(row["key"], "TheDefaultListsOwnKey_")
    r.tell(student, "GET", "/wishlists")
    r.tell(student, "PATCH", one, {"name": "Evenings"}, key="default")
    r.tell(student, "POST", f"{one}/edit", {"visibility": "public"}, key="default")
    r.tell(
        student, "POST", f"{one}/{{slug}}/move", {"to": made.json["key"], "keep": True}, **DEFAULT
    )


def administer(r: Recorder) -> None:
    admin, student = "demo-admin", {"username": "demo-student"}
    hide_cursor(r, r.tell(admin, "GET", "/audit", query="limit=2"))
    r.tell(admin, "GET", "/people", query="limit=2&q=demo")
    figures = r.tell(admin, "GET", "/kept").json
    # Another word in a template would be another figure.
    r.hide(f'"bytes": {figures["bytes"]},', '"bytes": 48211,')
    r.tell(admin, "POST", f"{COURSE}/delete", {"comment": "It is out of date."}, **NEW)
    r.tell(admin, "GET", "/people/{username}/edit", **student)
    r.tell(admin, "PATCH", "/people/{username}", {"role": "student"}, **student)
    r.tell(admin, "POST", "/people/{username}/edit", {"role": "student"}, **student)


def hide_cursor(r: Recorder, answer: Any) -> None:
    """Give the cursor of a list of what has just happened a stand-in: it holds the moment."""
    r.hide(answer.json["links"]["next"].rpartition("=")[2], "ACursorOfThisVeryListAndItsOrder_")


def go_wrong(r: Recorder) -> None:
    student = "demo-student"
    reviews = f"{COURSE}/reviews".format(**SEED)
    r.fail(400, None, "GET", "/courses?limit=0&color=red")
    r.fail(401, None, "GET", "/account")
    r.fail(403, student, "POST", "/courses", {"title": "Soup", "category": "business"})
    r.fail(404, None, "GET", "/courses/nothing")
    r.fail(406, None, "GET", "/courses", Accept="image/png")
    r.fail(409, student, "POST", reviews, {"rating": 5})
    r.fail(412, student, "PATCH", "/wishlists/default", {"name": "Mine"}, If_Match='"1.0"')
    r.fail(413, student, "POST", reviews, {"rating": 5, "text": "long " * 250_000})
    r.fail(415, student, "POST", reviews, b"five stars", Content_Type="text/plain")
    r.fail(422, student, "POST", reviews, {"rating": 6, "stars": 5})
    for _attempt in range(10):
        r.ask(None, "POST", "/account/login", {"username": "ada", "password": "x"})
    r.fail(429, None, "POST", "/account/login", {"username": "ada", "password": "x"})


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        found = record_demo(write_ini(Path(scratch), f"sqlite:///{scratch}/shop.sqlite"))
    text = json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True)
    FILE.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
