"""Which statuses a page can answer with, and what each of them holds.

What follows from the page, the place and the ACLs is read from them; what only the view knows, such
as 409, the page says by its `answers`.
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
# What a status means; those from 400 on are problems, and one component for all operations.
MEANINGS = {
    201: "It was not so before, and is now.",
    204: "Done; there is nothing more to say.",
    303: "A browser is sent to the page that shows what became of it, or to log in first.",
    304: "What the client has is still right.",
    308: "It has another address now, which also takes the writes.",
    400: "The request is malformed, or its query is not what is known here.",
    401: "An account is needed, or the credentials are not valid.",
    403: "Whoever asks may see this, and not do it.",
    404: "There is no such thing, or none that whoever asks may see.",
    406: "None of the types that `Accept` names is to be had.",
    409: "The present state of the shop stands against it; `errors` says how.",
    412: "It was edited since the client read it.",
    413: "The body is too large.",
    415: "The type of the body is not understood.",
    422: "The body is not what its schema says; `errors` names every fault with its field.",
    429: "Too often; try again later.",
    503: "The shop is busy, or its database does not answer.",
}
HEADERS = {
    201: ("Location",),
    303: ("Location",),
    304: ("ETag",),
    308: ("Location",),
    401: ("WWW-Authenticate",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
SENT_BY_ALL = (*headers.EVERYWHERE, *headers.ALWAYS)
# Of no operation in particular.
DEFAULT: Object = {"description": "Another problem, such as 500: a fault of the shop."}


def is_switch(page: Page) -> bool:
    """Return whether a page does for forms what PUT and DELETE do for programs."""
    return page.accepts is not None and issubclass(page.accepts, Switch)


def makes_something(page: Page) -> bool:
    """Return whether a POST makes a new thing: one to a place, or to its page `new`, does."""
    return page.method == "POST" and page.name in {"", "new"} and not is_switch(page)


def moves(places: Sequence[Resource]) -> bool:
    """Return whether what is here may have had another address: by what a place above finds."""
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
    if page.method != "GET" or page.permission != "view":
        yield 403
    if access.hides:
        yield 404
    if page.renderer is not None:
        yield from (406,) if page.method == "GET" else (406, 412)
    if page.method != "GET" and page.accepts is not None:
        yield from (413, 415, 422)


def statuses(page: Page, access: Access, places: Sequence[Resource]) -> list[int]:
    """Return all statuses, but for faults of the shop and of requests that no page gets to see."""
    found = {*successes(page), *problems(page, access), *page.answers}
    if page.method == "GET" and access.sends_away:
        found.add(303)
    return sorted(found | ({308} if moves(places) else set()))


def component(status: int) -> str:
    """Return what the answer to a problem is called among the components, such as `NotFound`."""
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
    sent = {*HEADERS.get(status, ()), *headers.EVERYWHERE}
    if status == 201 and page.repeatable:
        sent.add(REPLAYED)
    if page.renderer is not None or 304 in page.answers or status in {303, 308}:
        sent |= {*headers.ALWAYS}
    if status == 200 and headers.is_negotiated_read(page):
        sent.add("ETag")
    if status == 200 and page.method == "GET" and is_list(page):
        sent.add("Link")
    return sent


def is_list(page: Page) -> bool:
    """Return whether a page is a collection, which leads on to its neighbours."""
    return page.returns is not None and get_type_hints(page.returns).get("links") is PageLinks


def content_of(page: Page, status: int, schemas: Schemas) -> Object:
    """Return what is in the body, by media type; nothing where there is none."""
    if status not in {200, 201} and not (page.renderer is None and status >= 400):
        return {}
    schema = schemas.of(page.returns, "serialization") if page.returns else {}
    if page.renderer is None:
        return {page.media_type: {"schema": schema} if schema else {}} if page.media_type else {}
    content: Object = {JSON: {"schema": schema}}
    # After a write a browser is led on, or gets its form again, as by a preview.
    if page.method == "GET" or (page.method == "POST" and status == 200):
        content[HTML] = TEXT
    if page.table:
        content |= dict.fromkeys(TABLES, TEXT)
    return content


def components() -> dict[str, Object]:
    """Return the answers to problems, as a page or as problem details."""

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
