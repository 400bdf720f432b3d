"""The header fields of requests and answers, each described once, and where they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from courseshop.framework import idempotency

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.page import Page


class HeaderParameter(NamedTuple):
    """A header field that a client may send, and to which pages it says something."""

    description: str
    means_something: Callable[[Page], bool]
    pattern: str | None = None


def is_negotiated_read(page: Page) -> bool:
    return page.method == "GET" and (page.renderer is not None or 304 in page.answers)


def compares_versions(page: Page) -> bool:
    """Return whether a write is refused with 412 when what it changes was edited meanwhile."""
    by_form = page.accepts is not None and "version" in page.accepts.model_fields
    return page.method in {"PUT", "PATCH", "DELETE"} or (page.method == "POST" and by_form)


# What a client may send; a parameter of every operation for which it means something.
SENT = {
    "If-None-Match": HeaderParameter(
        "An `ETag` that the client has got: the answer is 304 if it is still the right one.",
        is_negotiated_read,
    ),
    "If-Match": HeaderParameter(
        "The `ETag` of what the client has read: the answer is 412 if it was edited since. Of "
        '`"<version>.<hash>"` only the version counts.',
        compares_versions,
    ),
    idempotency.HEADER: HeaderParameter(
        "A key of the client's own. The same request with the same key is done once in 24 hours, "
        f"and answered again as it was, with `{idempotency.REPLAYED}`; another with it is 422.",
        lambda page: page.repeatable,
        f"^(?:{idempotency.KEY})$",
    ),
    "X-Request-ID": HeaderParameter(
        "A name for the request, of 1 to 128 letters, digits, `.`, `_` or `-`: the answer has it, "
        "too. Instead of another, and without one, the shop makes a name.",
        lambda _page: True,
    ),
}
# What the shop sends. `required`: it never lacks where it is said to be sent.
ANSWERED: dict[str, Object] = {
    "ETag": {
        "description": "What this answer is known by: of a thing that is edited "
        '`"<version>.<hash>"`, of all else `"<hash>"`.',
        "schema": {"type": "string", "pattern": r'^"([0-9]+\.)?[0-9a-f]+"$'},
    },
    idempotency.REPLAYED: {
        "description": "`true`: it was done, and answered so, when it was sent before.",
        "schema": {"const": "true"},
    },
    "Link": {
        "description": "This page of the list, the next and the one before (RFC 8288).",
        "required": True,
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Where it is now, or where to go on.",
        "required": True,
        "schema": {"type": "string", "format": "uri"},
    },
    "RateLimit": {
        "description": "What is left to a token, and in how many seconds it is whole again.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": "How many requests a token may make, in how many seconds.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Vary": {
        "description": "What else of a request the answer depends on.",
        "schema": {"type": "string"},
    },
    "X-Request-ID": {
        "description": "The name of the request: that which it had, or one that the shop gives it.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
    },
    "WWW-Authenticate": {
        "description": "How to prove who one is (RFC 9110, section 11.6.1).",
        "required": True,
        "schema": {"type": "string"},
    },
}
# What every answer has, the limits that to a token.
EVERYWHERE = ("RateLimit", "RateLimit-Policy", "X-Request-ID")
# What every negotiated answer and every problem has besides.
ALWAYS = ("Vary",)


def component(name: str) -> str:
    """Return what a header is called among the components, such as `IfMatch`."""
    return name.replace("-", "")


def parameters(page: Page) -> list[JsonValue]:
    """Return references to the header fields that mean something to a page."""
    return [
        {"$ref": f"#/components/parameters/{component(name)}"}
        for name, one in SENT.items()
        if one.means_something(page)
    ]


def described(*names: str) -> Object:
    """Return references to the header fields of an answer."""
    return {name: {"$ref": f"#/components/headers/{component(name)}"} for name in names}


def parameter_components() -> Object:
    return {
        component(name): {
            "name": name,
            "in": "header",
            "description": one.description,
            "schema": {"type": "string", **({"pattern": one.pattern} if one.pattern else {})},
        }
        for name, one in SENT.items()
    }


def header_components() -> Object:
    return {component(name): one for name, one in ANSWERED.items()}
