"""A visitor with a simulated browser: cookies, forms and the shop's emails."""

from __future__ import annotations

import re
from typing import Any

import webtest
from helpers import JSON, Shop
from sending import sent_by

PASSWORD = "seven wet llamas sing"
NEW_PASSWORD = "nine dry camels hum"


class Visitor:
    """A browser with its own cookies and IP address."""

    def __init__(self, shop: Shop, address: str = "192.0.2.1", user_agent: str = "") -> None:
        environ = {"REMOTE_ADDR": address, "HTTP_USER_AGENT": user_agent}
        self.shop = shop
        self.app = webtest.TestApp(shop.app.app, extra_environ=environ, lint=False)

    def get(self, url: str, **options: Any) -> Any:
        return self.app.get(path(url), expect_errors=True, **options)

    def json(self, url: str) -> Any:
        return self.get(url, headers=JSON)

    def post_json(self, url: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        sent = {**JSON, **headers}
        return self.app.post_json(path(url), body or {}, headers=sent, expect_errors=True)

    def fill(self, url: str, button: str, **fields: str) -> Any:
        """Open a page, fill in the form that has this button, and submit it."""
        return self.submit(self.get(url), button, **fields)

    def submit(self, page: Any, button: str, **fields: str) -> Any:
        form = form_with(page, button)
        for name, value in fields.items():
            form[name] = value
        return form.submit(expect_errors=True)

    def register(self, username: str, **facts: str) -> Any:
        filled = {
            "username": username,
            "name": username.title(),
            "email": f"{username}@example.com",
            "password": PASSWORD,
            **facts,
        }
        return self.fill("/account/register", "Create an account", **filled)

    def log_in(self, username: str, password: str = PASSWORD, url: str = "/account/login") -> Any:
        return self.fill(url, "Log in", username=username, password=password)

    @property
    def cookie(self) -> str | None:
        return self.app.cookies.get("courseshop_session")

    def mail(self) -> list[Any]:
        """Send the waiting emails and return them."""
        return sent_by(self.shop)


def form_with(page: Any, button: str) -> Any:
    """Return the first form with a button of this text or this label for screen readers."""
    for number, form in enumerate(page.html.find_all("form")):
        for one in form.find_all("button"):
            if button in {one.get_text(strip=True), one.get("aria-label")}:
                return page.forms[number]
    raise AssertionError(f"no form with the button {button}")


def link_with(page: Any, text: str) -> str:
    """Return the URL of the first link with this text beside its icon, if it has one."""
    for link in page.html.find_all("a"):
        if link.get_text(strip=True) == text:
            return str(link["href"])
    raise AssertionError(f"no link {text}")


def primary_buttons(page: Any) -> list[str]:
    """Return the labels of the page's primary buttons, and of links that look like them."""
    return [one.get_text(strip=True) for one in page.html.main.find_all(class_="button-primary")]


def link_in(message: Any) -> str:
    """Return the path of the link in an email."""
    return path(re.search(r"http://\S+", message.get_content()).group())


def path(url: str) -> str:
    return url.removeprefix("http://localhost")


def text_at(page, name):
    """Return the text at an invalid field of a refused form."""
    field = page.html.find(attrs={"name": name, "aria-invalid": "true"})
    return page.html.find(id=field["aria-describedby"]).text
