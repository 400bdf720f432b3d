"""Content negotiation (RFC 9110, section 12.5.1): media types of responses and bodies."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPUnsupportedMediaType
from webob.acceptparse import create_accept_header

from courseshop.domain.i18n import _

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
# Media types of the JSON versions; for now, application/json is equivalent to each of them.
VERSIONS = ("application/vnd.courseshop.v1+json",)
# Additional media types of lists.
TABLES = (CSV, MARKDOWN)
# The accepted media types of a request body, by method.
BODIES = {"POST": (JSON, FORM), "PATCH": (MERGE_PATCH, JSON), "PUT": (JSON,), "DELETE": (JSON,)}
# Names of the one charset of request bodies.
UTF8 = {"utf-8", "utf8"}
# Any parameter of a media range except its weight.
PARAMETER = re.compile(
    r""";\s*(?!q\s*=)[\w!#$%&'*+.^`|~-]+\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s,;"]*)""", re.IGNORECASE
)


@lru_cache(maxsize=512)
def choose(header: str | None, forms: tuple[str, ...] = FORMS) -> str | None:
    """Return the media type of `forms` that `Accept` prefers, or None if none is acceptable.

    The first one, which is HTML, wins a tie, unless the header names a JSON type and not HTML: then
    a wildcard stands for JSON alone. A versioned JSON type is returned only if the header prefers
    it to application/json. A missing, empty or malformed header accepts everything. Parameters such
    as charset are ignored, because the offered types have none.
    """
    bare = PARAMETER.sub("", header or "").strip(" ,")
    accept = create_accept_header(bare or None)
    named = {kind.lower() for kind, weight, *_more in accept.parsed or () if weight}
    types = offered(forms)
    offers = accept.acceptable_offers(types)
    if HTML not in named and any(map(is_json, named)):
        narrowed = [kind for kind in types if kind == JSON or kind in named]
        offers = accept.acceptable_offers(narrowed) or offers
    return offers[0][0] if offers else None


def is_json(kind: str) -> bool:
    """Return whether a media type is JSON, of any vocabulary."""
    return kind.partition("/")[2] == "json" or kind.endswith("+json")


def offered(forms: tuple[str, ...]) -> tuple[str, ...]:
    """Return these media types and the versioned JSON types."""
    return (*forms, *VERSIONS)


def answer_type(request: Request) -> str | None:
    """Return the media type of the response, or None if none is acceptable."""
    return choose(request.headers.get("Accept"), request.forms)


def form_of(request: Request) -> str | None:
    """Return the unversioned media type of the response, or None if none is acceptable."""
    return unversioned(answer_type(request))


def unversioned(kind: str | None) -> str | None:
    return JSON if kind in VERSIONS else kind


def media_type(request: Request) -> str:
    """Return the media type of the body in lower case, without parameters.

    A known JSON version is returned as application/json.
    """
    kind: str = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return JSON if kind in VERSIONS else kind


def charset_of(content_type: str) -> str:
    """Return the charset that a Content-Type declares, by default utf-8."""
    _kind, _, parameters = content_type.partition(";")
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return str(value.strip().strip('"').lower())
    return "utf-8"


def is_coded(content_encoding: str) -> bool:
    """Return whether a Content-Encoding says that the body is compressed."""
    return content_encoding.strip().lower() not in {"", "identity"}


def is_understood(request: Request) -> bool:
    """Return whether the body is uncompressed UTF-8."""
    coded = is_coded(request.headers.get("Content-Encoding", ""))
    return not coded and charset_of(request.headers.get("Content-Type", "")) in UTF8


def check_media_type(request: Request, understood: tuple[str, ...]) -> None:
    """Raise HTTPUnsupportedMediaType unless the body is UTF-8 in one of these media types.

    Compressed bodies are refused (RFC 9110, section 15.5.16).
    """
    if is_coded(request.headers.get("Content-Encoding", "")):
        raise HTTPUnsupportedMediaType(
            detail=_("The request body must not be compressed. Send it without Content-Encoding."),
            headers=[("Accept-Encoding", "identity")],
        )
    if media_type(request) not in understood or not is_understood(request):
        types = ", ".join(offered(understood))
        message = _(
            "The request body must be UTF-8 in one of these formats: ${types}.",
            mapping={"types": types},
        )
        raise HTTPUnsupportedMediaType(detail=message)
