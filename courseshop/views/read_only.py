"""Checks of read-only fields: a client may send them back, but only with their stored values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from courseshop.domain.errors import Stale
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
    from collections.abc import Mapping

    from pydantic import JsonValue

    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource
    from courseshop.resources import Course
    from courseshop.schemas.writing import CoursePatch, CourseWords


def check_category(request: Request, words: CourseWords) -> None:
    """Raise Invalid if the category's title or URL was sent and differs from the stored one."""
    sent = words.model_dump(include={"category"}).get("category", {})
    slug = sent.pop("slug", None)
    row = category.find(request.db, slug) if sent else None
    if row is not None:
        known = {"title": row.title, "url": category_url(request, slug)}
        refuse_others(("category",), sent, known)


def check_read_only(place: Course, request: Request[CoursePatch]) -> None:
    """Raise Invalid for the read-only fields that were sent and differ from the stored values.

    Raises Stale if the version that was sent is older than the stored one.
    """
    sent = request.accepted.model_dump(include={*READ_ONLY, "about"})
    about = sent.pop("about", None) or {}
    if "html" in about:
        refuse_others(("about",), {"html": about["html"]}, {"html": place.row.about_html})
    if is_older(sent.get("version"), place.row.version):
        raise Stale("version", "stale", STALE)
    front = adapters.page(place, "GET", "") if sent else None
    if front is not None:
        known = orjson.loads(dumps(front.data(place, request, course_out(place, request))))
        refuse_others((), sent, known)


def check_sent_back(place: Resource, request: Request) -> None:
    """Raise Invalid for the read-only fields of JSON that differ from what a GET returns."""
    if media_type(request) == FORM or request.accepted is None:
        return
    names = read_only_names(type(request.accepted))
    body = orjson.loads(request.body or b"{}")
    text = body.get("text")
    html = {"html": text["html"]} if isinstance(text, dict) and "html" in text else {}
    sent = {name: value for name, value in body.items() if name in names}
    known = stored(place, request) if sent or html else {}
    refuse_others((), sent, known)
    refuse_others(("text",), html, known.get("text", {}))


def is_older(version: JsonValue, stored: int) -> bool:
    return isinstance(version, int) and 0 < version < stored


def refuse_others(
    where: tuple[str, ...], sent: Mapping[str, JsonValue], known: Mapping[str, JsonValue]
) -> None:
    others = [name for name, value in sent.items() if name not in known or value != known[name]]
    if others:
        # Without the input: an empty text would be reported as missing.
        raise Invalid(
            [{"loc": (*where, name), "type": "read_only", "input": None} for name in others]
        )
