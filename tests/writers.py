"""Accounts that write courses, through the API with a token or in a browser."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import factories
from browsing import Visitor
from helpers import JSON

from courseshop.domain.actor import Actor
from courseshop.services import session

if TYPE_CHECKING:
    from helpers import Shop
    from sqlalchemy.orm import Session

SLUG = "backend-with-python"
URL = f"/courses/{SLUG}"
REVIEWS = f"{URL}/reviews"
WORDS = {"title": "Backend With Python", "category": "things"}
FULL = {
    "title": "Bread for Two",
    "slug": "bread-for-two",
    "summary": "One small loaf.",
    "about": {"markdown": "## Flour\n\nMixing *without* kneading."},
    "category": "things",
    "level": "beginner",
    "language": "pt-BR",
    "duration_minutes": 95,
    "price": {"amount": "12.50", "currency": "USD"},
    "tags": ["Bread", "by hand"],
    "outcomes": ["Bake a loaf"],
    "requirements": ["An oven", "A pot"],
    "audience": ["Whoever eats"],
    "outline": [
        {"title": "Flour", "lessons": [{"id": None, "title": "Mixing", "minutes": 20}]},
        {"title": "Fire", "lessons": []},
    ],
}


class Writer:
    """An account with a role and an API token, and the requests that an API client makes."""

    def __init__(
        self, shop: Shop, username: str, role: str = "instructor", db: Session | None = None
    ) -> None:
        """Create the account, in the transaction of `db` if given."""
        self.shop, self.username = shop, username
        with nullcontext(db) if db else shop.storing() as opened:
            factories.shelve(opened)
            self.id = factories.add_account(opened, username, role)
            self.token = factories.add_token(opened, self.id)

    def ask(self, method: str, url: str, body: Any = None, **headers: str) -> Any:
        """Send JSON, or no body if `body` is None, and return the response, whatever its status."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {**JSON, "Authorization": f"Bearer {self.token}", **sent}
        path = url.removeprefix("http://localhost")
        app = self.shop.app
        if body is None:
            blank = app.RequestClass.blank(path, method=method, headers=sent)
            return app.do_request(blank, expect_errors=True)
        send = getattr(app, f"{method.lower()}_json")
        return send(path, body, headers=sent, expect_errors=True)

    def get(self, url: str, **headers: str) -> Any:
        return self.ask("GET", url, **headers)

    def post(self, url: str, body: Any, **headers: str) -> Any:
        return self.ask("POST", url, body, **headers)

    def patch(self, url: str, body: Any, **headers: str) -> Any:
        return self.ask("PATCH", url, body, **headers)

    def write(self, **words: Any) -> Any:
        """Create a course and return its JSON."""
        answer = self.post("/courses", {**WORDS, **words})
        assert answer.status_int == 201, answer.text
        return answer.json

    def browser(self) -> Visitor:
        """Return a new browser that is logged in to the account."""
        visitor = Visitor(self.shop)
        with self.shop.writing() as request:
            who = Actor(id=self.id)
            secret = session.start(request.db, who, self.id, "a test", request.settings)
        visitor.app.set_cookie("courseshop_session", secret)
        return visitor


def fault_of(answer: Any) -> tuple[str, str]:
    """Return the field and code of the only error in a response."""
    (fault,) = answer.json["errors"]
    assert fault["message"]
    return fault["field"], fault["code"]


def write_course(shop: Shop, *, published: bool) -> Writer:
    """Return an instructor of a new course at URL."""
    with shop.storing() as db:
        writer = Writer(shop, "ann", db=db)
        factories.write_course(db, writer.id, **WORDS)
        if published:
            factories.publish(db, SLUG)
    return writer


def publish(shop: Shop, url: str) -> None:
    """Have a moderator publish the course at `url`."""
    with shop.storing() as db:
        factories.publish(db, url.rpartition("/")[2])


def enrolled(shop: Shop, name: str = "sam") -> Writer:
    """Return a new student who is enrolled in the course at URL."""
    with shop.storing() as db:
        writer = Writer(shop, name, "student", db)
        factories.enrol(db, writer.id, SLUG)
    return writer


def rating(shop: Shop) -> Any:
    """Return the public rating of the course at URL."""
    return shop.json(URL).json["rating"]
