"""The shop's cookies: their names, paths and attributes, at the root and under a path prefix."""

from __future__ import annotations

import shlex
import ssl
import subprocess
from contextlib import contextmanager
from http.cookies import SimpleCookie
from threading import Thread
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from browsers import CHROMIUM, MISSING, launched
from browsing import PASSWORD, Visitor
from helpers import JSON

MAKE_CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key.pem "
    "-out certificate.pem"
)
DEPLOYMENTS = {
    "http": ({}, "", "/"),
    "https": ({"wsgi.url_scheme": "https"}, "__Host-", "/"),
    "http under a prefix": ({"SCRIPT_NAME": "/shop"}, "", "/shop"),
    "https under a prefix": (
        {"wsgi.url_scheme": "https", "SCRIPT_NAME": "/shop"},
        "__Secure-",
        "/shop",
    ),
}


def cookies_of(response):
    found = SimpleCookie()
    for line in response.headers.getall("Set-Cookie"):
        found.load(line)
    return found


@pytest.mark.parametrize(("environ", "prefix", "path"), DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_cookies_are_limited_to_the_urls_of_the_shop(shop, environ, prefix, path):
    Visitor(shop).register("alice")
    visitor = Visitor(shop)
    visitor.app.extra_environ.update(environ)
    login = {"username": "alice", "password": PASSWORD}
    send = {"headers": {"Host": "localhost"}, "expect_errors": True}
    pending = visitor.app.post("/wishlists", {"name": "Later"}, **send)
    logged_in = visitor.app.post("/account/login", login, **send)
    cookies = {**cookies_of(pending), **cookies_of(logged_in)}
    names = {f"{prefix}courseshop_{name}" for name in ("begun", "session", "notice")}
    assert cookies.keys() == names
    for cookie in cookies.values():
        assert cookie["path"] == path
        assert cookie["httponly"]
        assert bool(cookie["secure"]) == ("wsgi.url_scheme" in environ)
        assert (cookie["samesite"], cookie["domain"]) == ("Lax", "")


@pytest.mark.parametrize(("environ", "prefix", "path"), DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_session_starts_and_ends_under_any_scheme_and_prefix(shop, environ, prefix, path):
    Visitor(shop).register("alice")
    visitor = Visitor(shop)
    visitor.app.extra_environ.update(environ)
    logged_in = visitor.post_json(
        "/account/login", {"username": "alice", "password": PASSWORD}, Host="localhost"
    )
    name = f"{prefix}courseshop_session"
    cookie = f"{name}={cookies_of(logged_in)[name].value}"
    visitor.app.reset()
    headers = {**JSON, "Cookie": cookie, "Host": "localhost"}
    assert visitor.app.get("/account", headers=headers).json["username"] == "alice"
    logged_out = visitor.app.post("/account/logout", headers=headers, status=204)
    assert (cookies_of(logged_out)[name].value, cookies_of(logged_out)[name]["path"]) == ("", path)
    visitor.app.get("/account", headers=headers, status=401)


class Silent(WSGIRequestHandler):
    def log_message(self, *_what):
        """Print nothing."""


@contextmanager
def served_by_https(app, folder):
    """Serve `app` over HTTPS with a self-signed certificate, in a thread; yield the base URL."""
    subprocess.run(shlex.split(MAKE_CERTIFICATE), cwd=folder, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    with make_server("localhost", 0, app, handler_class=Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()


def under_a_prefix(app):
    """Return an application with `app` at /shop, and elsewhere the cookies of the request."""

    def respond(environ, start_response):
        if environ["PATH_INFO"].startswith("/shop/"):
            inner = {"SCRIPT_NAME": "/shop", "PATH_INFO": environ["PATH_INFO"][len("/shop") :]}
            return app({**environ, **inner, "wsgi.url_scheme": "https"}, start_response)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ.get("HTTP_COOKIE", "no cookie").encode()]

    return respond


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
def test_chromium_sends_cookies_only_below_the_prefix(shop, tmp_path):
    Visitor(shop).register("alice")
    with served_by_https(under_a_prefix(shop.app.app), tmp_path) as base, launched() as browser:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(f"{base}/shop/account/login")
        page.get_by_label("Username").fill("alice")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
        page.get_by_text("You're logged in.").wait_for()
        (session,) = context.cookies()
        assert (session["name"], session["path"]) == ("__Secure-courseshop_session", "/shop")
        page.goto(f"{base}/shopping")
        assert page.locator("body").inner_text() == "no cookie"
        page.goto(f"{base}/shop/account")
        assert page.url == f"{base}/shop/account"
        context.close()
