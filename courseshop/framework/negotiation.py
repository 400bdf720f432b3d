"""Which form an answer takes (RFC 9110, section 12.5.1), and in which form a body comes."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from webob.acceptparse import create_accept_header

if TYPE_CHECKING:
    from courseshop.framework.request import Request

HTML = "text/html"
JSON = "application/json"
PROBLEM = "application/problem+json"
FORM = "application/x-www-form-urlencoded"
MERGE_PATCH = "application/merge-patch+json"
CSV = "text/csv"
MARKDOWN = "text/markdown"
FORMS = (HTML, JSON)
# The versions of the JSON that there are: each is what application/json means for now.
VERSIONS = ("application/vnd.courseshop.v1+json",)
# What lists offer besides.
TABLES = (CSV, MARKDOWN)
# The media types that a body may have, by method.
BODIES = {"POST": (JSON, FORM), "PATCH": (MERGE_PATCH, JSON), "PUT": (JSON,), "DELETE": (JSON,)}
# Any parameter of a media range but its weight.
PARAMETER = re.compile(
    r""";\s*(?!q\s*=)[\w!#$%&'*+.^`|~-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,;"]*)""", re.IGNORECASE
)


@lru_cache(maxsize=512)
def choose(header: str | None, forms: tuple[str, ...] = FORMS) -> str | None:
    """Return which media type of those that `forms` come as `Accept` prefers, None for none.

    The first of them, HTML, wins a tie, and JSON is called by a version if that was named alone.
    No header, an empty one and a malformed one take everything. Parameters such as charset do not
    matter: the forms have none.
    """
    bare = PARAMETER.sub("", header or "").strip(" ,")
    offers = create_accept_header(bare or None).acceptable_offers(offered(forms))
    return offers[0][0] if offers else None


def offered(forms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the media types that a page with these forms, or a body, may have."""
    return (*forms, *VERSIONS)


def answer_type(request: Request) -> str | None:
    """Return the media type of the answer, None when nothing is acceptable."""
    return choose(request.headers.get("Accept"), request.forms)


def form_of(request: Request) -> str | None:
    """Return the form of the answer, of those that the page has which answers, if one does yet."""
    return unversioned(answer_type(request))


def unversioned(kind: str | None) -> str | None:
    return JSON if kind in VERSIONS else kind


def media_type(request: Request) -> str:
    """Return the media type of the body without its parameters, in lower case.

    A version of the JSON that there is counts as application/json.
    """
    kind: str = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return JSON if kind in VERSIONS else kind


def charset(request: Request) -> str:
    """Return the charset that the body claims; without a claim it is UTF-8."""
    _kind, _, parameters = request.headers.get("Content-Type", "").partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return str(value.strip().strip('"').lower())
    return "utf-8"
