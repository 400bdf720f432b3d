"""Somebody with a role who writes courses: as a program by a token, or with a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from browsing import Visitor
from helpers import JSON

from courseshop.actor import OPERATOR, Actor
from courseshop.schemas.category import CategoryDraft
from courseshop.schemas.token import TokenDraft
from courseshop.schemas.user import UserDraft
from courseshop.services import category, session, token, user

if TYPE_CHECKING:
    from helpers import Shop

URL = "/courses/backend-with-python"
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
        {"title": "Flour", "lessons": [{"title": "Mixing", "minutes": 20}]},
        {"title": "Fire", "lessons": []},
    ],
}


class Writer:
    """An account with a role, its token, and the requests that a program makes with it."""

    def __init__(self, shop: Shop, username: str, role: str = "instructor") -> None:
        self.shop, self.username = shop, username
        with shop.writing() as request:
            db = request.db
            draft = UserDraft(username=username, name=username.title(), role=role)
            self.id = user.add(db, draft, email=f"{username}@example.com").id
            draft = TokenDraft(name="test", scope="write")
            self.token = token.add(db, OPERATOR, self.id, draft)[1]
            if category.find(db, "things") is None:
                category.add(db, CategoryDraft(slug="things", title="Things"))

    def ask(self, method: str, url: str, body: Any = None, **headers: str) -> Any:
        """Send JSON (`body` None: no body) and return the answer, whatever it is."""
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
        """Make a course and return its JSON."""
        answer = self.post("/courses", {**WORDS, **words})
        assert answer.status_int == 201, answer.text
        return answer.json

    def browser(self) -> Visitor:
        """Return a browser in which the account is logged in."""
        visitor = Visitor(self.shop)
        with self.shop.writing() as request:
            who = Actor(id=self.id)
            secret = session.start(request.db, who, self.id, "a test", request.shop)
        visitor.app.set_cookie("courseshop_session", secret)
        return visitor


def fault_of(answer: Any) -> tuple[str, str]:
    """Return field and code of the one fault of a refusal."""
    (fault,) = answer.json["errors"]
    assert fault["message"]
    return fault["field"], fault["code"]


def publish(shop: Shop, url: str) -> None:
    """Have a moderator publish a course."""
    moderator = Writer(shop, "mira", "moderator")
    assert moderator.patch(url, {"status": "published"}).status_int == 200


def student(shop: Shop, name: str = "sam") -> Writer:
    """Return somebody who attends the course at URL."""
    writer = Writer(shop, name, "student")
    assert writer.ask("PUT", f"{URL}/enrolment").status_int == 201
    return writer


def rating(shop: Shop) -> Any:
    """Return what everybody reads of that course's rating."""
    return shop.json(URL).json["rating"]
