"""Checks of read-only fields: a client may send them back, but only with their stored values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from courseshop.domain import markdown
from courseshop.domain.errors import Stale
from courseshop.domain.text import with_line_feeds
from courseshop.framework import adapters
from courseshop.framework.conditional import STALE
from courseshop.framework.input import Invalid
from courseshop.framework.json import dumps
from courseshop.framework.negotiation import FORM, media_type
from courseshop.framework.sent_back import read_only_names, stored
from courseshop.schemas.writing import READ_ONLY
from courseshop.services import category
from courseshop.views.course import course_out
from courseshop.views.links import category_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel, JsonValue

    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource
    from courseshop.resources import Course
    from courseshop.schemas.course import CategoryRef
    from courseshop.schemas.writing import CoursePatch, CourseWords


def check_category(request: Request, words: CourseWords, old: CategoryRef | None = None) -> None:
    """Raise Invalid if the category's title or URL was sent, and is not that of the category.

    They may also be those of the course's `old` category, of which a client has changed the slug.
    """
    sent = words.model_dump(include={"category"}).get("category", {})
    slug = sent.pop("slug", None)
    row = category.find(request.db, slug) if sent else None
    if row is not None:
        new: CategoryRef = {"slug": slug, "title": row.title, "url": category_url(request, slug)}
        refuse_others(("category",), sent, new, *([old] if old else []))


def check_read_only(place: Course, request: Request[CoursePatch]) -> None:
    """Raise Invalid for the read-only fields that were sent and differ from the stored values.

    Raises Stale if the version that was sent is older than the stored one.
    """
    sent = request.accepted.model_dump(include=set(READ_ONLY))
    if is_older(sent.get("version"), place.row.version):
        raise Stale("version", "stale", STALE)
    check_html(request, "about", place.row.about_html)
    front = adapters.page(place, "GET", "") if sent else None
    if front is not None:
        known = orjson.loads(dumps(front.data(place, request, course_out(place, request))))
        refuse_others((), sent, known)


def check_sent_back(
    place: Resource,
    request: Request,
    query: BaseModel | None = None,
    others: Sequence[Resource] = (),
) -> None:
    """Raise Invalid for the read-only fields of JSON that differ from what a GET returns.

    `query` is that of the GET, by default none; `others` are the same thing at other addresses.
    """
    if media_type(request) == FORM or request.accepted is None:
        return
    names = read_only_names(type(request.accepted))
    body = sent_json(request)
    sent = {name: value for name, value in body.items() if name in names}
    text = body.get("text")
    if not sent and not (isinstance(text, dict) and "html" in text):
        return
    known = [stored(one, request, query) for one in (place, *others)]
    refuse_others((), sent, *known)
    check_html(request, "text", (known[0].get("text") or {}).get("html"))


def check_html(request: Request, name: str, known: str | None = None) -> None:
    """Raise Invalid if the HTML of a text was sent, and is not that of the text.

    It must be the stored HTML, or that of the Markdown beside it.
    """
    text = sent_json(request).get(name) if media_type(request) != FORM else None
    if not isinstance(text, dict) or "html" not in text or text["html"] == known:
        return
    source = text.get("markdown")
    try:
        html = markdown.render(with_line_feeds(source)) if isinstance(source, str) else ""
    except markdown.TooComplex:
        html = None
    refuse_others((name,), {"html": text["html"]}, {"html": html})


# Any: the body may contain any JSON.
def sent_json(request: Request) -> dict[str, Any]:
    """Return the body, which was validated before."""
    found: dict[str, Any] = orjson.loads(request.body or b"{}")
    return found


def is_older(version: JsonValue, stored: int) -> bool:
    return isinstance(version, int) and 0 < version < stored


def refuse_others(
    where: tuple[str, ...], sent: Mapping[str, JsonValue], *known: Mapping[str, Any]
) -> None:
    """Raise Invalid for the values that were sent and are not in any of the `known` ones."""
    others = [
        name
        for name, value in sent.items()
        if not any(name in one and value == one[name] for one in known)
    ]
    if others:
        # Without the input: an empty text would be reported as missing.
        raise Invalid(
            [{"loc": (*where, name), "type": "read_only", "input": None} for name in others]
        )
