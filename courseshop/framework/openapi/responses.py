"""The statuses that a page can respond with, and the content of each response.

Most statuses follow from the page, its place and the ACLs. Those that only the view knows, such as
409, are listed in the page's `answers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_type_hints

from pyramid.location import lineage

from courseshop.framework.errors import KINDS
from courseshop.framework.idempotency import REPLAYED
from courseshop.framework.negotiation import HTML, JSON, PROBLEM, TABLES
from courseshop.framework.openapi import headers
from courseshop.framework.openapi.components import ref
from courseshop.framework.resource import Resource
from courseshop.schemas.base import PageLinks, Switch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from courseshop.framework.openapi.access import Access
    from courseshop.framework.openapi.components import Schemas
    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.page import Page

TEXT: Object = {"schema": {"type": "string"}}
# Descriptions of statuses; from 400 on they are problems, and components shared by all operations.
MEANINGS = {
    201: "Created.",
    204: "Done; the response has no body.",
    303: "Browsers are redirected to the result, or to the login page first.",
    304: "Not modified: the client's copy is current.",
    308: "The resource has another URL now. Send the request there, including writes.",
    400: "The request is malformed, or its query is invalid.",
    401: "An account is required, or the credentials are invalid.",
    403: "The user may see the resource, but may not do this.",
    404: "The resource does not exist, or the user may not see it.",
    406: "None of the media types in `Accept` is available.",
    409: "The request conflicts with the current state of the shop; `errors` explains how.",
    412: "The resource was edited after the client read it.",
    413: "The request body is too large.",
    415: "The media type of the request body is not supported.",
    422: "The request body is invalid; `errors` lists every error with its field.",
    429: "Too many requests; try again later.",
    503: "The shop is busy, or its database is unavailable.",
}
HEADERS = {
    201: ("Location",),
    303: ("Location",),
    304: ("ETag",),
    308: ("Location",),
    401: ("WWW-Authenticate",),
    403: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
SENT_BY_ALL = (*headers.EVERYWHERE, *headers.ALWAYS)
# For statuses that are not listed.
DEFAULT: Object = {"description": "Another problem, such as 500 for an internal error."}


def is_switch(page: Page) -> bool:
    """Return whether a page offers PUT and DELETE to HTML forms, as a POST."""
    return page.accepts is not None and issubclass(page.accepts, Switch)


def makes_something(page: Page) -> bool:
    """Return whether a page is a POST that creates something: at a place or its page `new`."""
    return page.method == "POST" and page.name in {"", "new"} and not is_switch(page)


def moves(places: Sequence[Resource]) -> bool:
    """Return whether a place may have had another URL.

    It may if a place above it finds rows by their former names.
    """
    above = {type(one) for place in places for one in lineage(place) if one is not place}
    return not places or any(kind.moved is not Resource.moved for kind in above)


def successes(page: Page) -> Iterator[int]:
    if page.renderer is None:
        yield from page.answers or {200}
        return
    if page.method == "GET":
        yield from (200, 304)
        return
    if page.returns is None or is_switch(page):
        yield 204
    if page.returns is not None:
        adds = page.permission == "add" and (page.method == "PUT" or is_switch(page))
        yield from (201,) if makes_something(page) else (200, 201) if adds else (200,)
    yield 303


def problems(page: Page, access: Access) -> Iterator[int]:
    yield from (400, 401, 429, 503)
    if page.raw or page.stream:
        yield 413
    if page.method != "GET" or page.permission != "view":
        yield 403
    if access.hides:
        yield 404
    if page.renderer is not None:
        yield from (406,) if page.method == "GET" else (406, 412)
    if page.method != "GET" and page.accepts is not None:
        yield from (413, 415, 422)


def statuses(page: Page, access: Access, places: Sequence[Resource]) -> list[int]:
    """Return all statuses of a page, except 500 and those of requests that never reach a page."""
    found = {*successes(page), *problems(page, access), *page.answers}
    if page.method == "GET" and access.sends_away:
        found.add(303)
    return sorted(found | ({308} if moves(places) else set()))


def component(status: int) -> str:
    """Return the component name of the response to a problem, such as `NotFound`."""
    return KINDS[status].title().replace("-", "")


def response(page: Page, status: int, schemas: Schemas, summary: str) -> Object:
    """Return the Response Object of a page for one status."""
    own = page.renderer is None and status in page.answers
    if status >= 400 and not own:
        return {"$ref": f"#/components/responses/{component(status)}"}
    sent = headers_of(page, status)
    meaning = MEANINGS.get(status, summary)
    found: Object = {"description": f"{meaning}." if meaning == summary else meaning}
    if sent:
        found["headers"] = headers.described(*sorted(sent))
    content = content_of(page, status, schemas)
    return {**found, "content": content} if content else found


def headers_of(page: Page, status: int) -> set[str]:
    sent = {*HEADERS.get(status, ()), *headers.EVERYWHERE, *headers.ALWAYS}
    if status in {200, 201} and page.repeatable:
        sent.add(REPLAYED)
    if status == 200 and headers.is_negotiated_read(page):
        sent.add("ETag")
    if status == 200 and page.method == "GET" and is_list(page):
        sent.add("Link")
    return sent


def is_list(page: Page) -> bool:
    """Return whether a page is a list with links to the next and previous part."""
    return page.returns is not None and get_type_hints(page.returns).get("links") is PageLinks


def content_of(page: Page, status: int, schemas: Schemas) -> Object:
    """Return the content of a response by media type; empty if there is no body."""
    if status not in {200, 201} and not (page.renderer is None and status >= 400):
        return {}
    schema = schemas.of(page.returns, "serialization") if page.returns else {}
    if page.renderer is None:
        return {page.media_type: {"schema": schema} if schema else {}} if page.media_type else {}
    content: Object = {JSON: {"schema": schema}}
    # After a write, browsers are redirected or get the form again, as for a preview.
    if page.method == "GET" or (page.method == "POST" and status == 200):
        content[HTML] = TEXT
    if page.table:
        content |= dict.fromkeys(TABLES, TEXT)
    return content


def components() -> dict[str, Object]:
    """Return the responses to problems, as HTML or problem details."""

    def content() -> Object:
        return {PROBLEM: {"schema": ref("Problem")}, HTML: TEXT}

    described: dict[str, Object] = {
        component(status): {
            "description": MEANINGS[status],
            "headers": headers.described(*SENT_BY_ALL, *HEADERS.get(status, ())),
            "content": content(),
        }
        for status in MEANINGS
        if status >= 400
    }
    return {**described, "Problem": {**DEFAULT, "content": content()}}
