"""The variables of the layout, and the security headers of every response."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyramid.events import BeforeRender, NewResponse

from courseshop.domain.shop import shop_of
from courseshop.views.links import catalogue_url, edit_url, root_of, wish_url
from courseshop.views.navigation import account_groups, footer_groups, main_links, security_links
from courseshop.views.pending_action import doors
from courseshop.views.theme import theme_url

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request

# No content from other origins, and nothing inline.
POLICY = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; img-src 'self'; script-src 'self'; "
    "style-src 'self'"
)
POLICIES = (
    ("Content-Security-Policy", POLICY),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("X-Content-Type-Options", "nosniff"),
)
HEADERS = {pair[0].lower(): pair for pair in POLICIES}


def places(request: Request) -> dict[str, str]:
    """Return the URLs that the layout links to, by name."""
    root = root_of(request)
    return {
        "home": root.url(),
        "courses": root["courses"].url(),
        "suggestions": root["courses"].url("suggestions"),
        "compare": root["courses"].url("compare"),
        "categories": root["categories"].url(),
        "account": root["account"].url(),
        "login": root["account"]["login"].url(),
        "logout": root["account"]["logout"].url(),
        "register": root["account"]["register"].url(),
        "api": root.url("api"),
        "logo": root.url("logo"),
        "theme": theme_url(request),
        "feed": root.url("feed.atom"),
        "opensearch": root.url("opensearch.xml"),
        "moderation": root["moderation"].url(),
        "wishlists": root["wishlists"].url(),
        "people": root["people"].url(),
        "audit": root["audit"].url(),
        "kept": root.url("kept"),
    }


def me(request: Request) -> PageData | None:
    """Return the current user as the page header shows them, None for a guest."""
    actor = request.actor
    if actor.id is None:
        return None
    return {
        "username": actor.username,
        "name": actor.name,
        "url": request.places["account"],
        "moderates": actor.moderates,
        "administers": root_of(request)["people"].permits("view"),
    }


def add_places(event: BeforeRender) -> None:
    """Add the layout's variables to a template, unless it is rendered without a request."""
    request: Request | None = event["request"]
    if request is not None:
        event["places"] = request.places
        event["me"] = me(request)
        event["doors"] = {} if request.actor.id else doors(request)
        event["main_links"] = main_links(request)
        event["account_groups"] = account_groups(request) if request.actor.id else []
        event["security_links"] = partial(security_links, request)
        event["footer_groups"] = footer_groups(request)
        event["csrf_token"] = request.csrf_token
        event["here"] = request.here
        event["return_to"] = request.return_to
        event["catalogue_url"] = partial(catalogue_url, request)
        event["edit_url"] = partial(edit_url, request)
        event["wish_url"] = partial(wish_url, request)


def add_headers(event: NewResponse) -> None:
    """Add the security headers to every response: pages, errors, static files."""
    there = event.response.headerlist
    # Read the headers once: WebOb would search the whole list for each name.
    names = {name.lower() for name, _value in there}
    there.extend(pair for name, pair in HEADERS.items() if name not in names)
    seconds = shop_of(event.request.registry).settings.hsts_seconds
    # Must not be sent over plain HTTP (RFC 6797, section 7.2).
    if seconds and event.request.scheme == "https":
        event.response.headers["Strict-Transport-Security"] = f"max-age={seconds}"


def includeme(config: Configurator) -> None:
    config.add_request_method(places, reify=True)
    config.add_subscriber(add_places, BeforeRender)
    config.add_subscriber(add_headers, NewResponse)
