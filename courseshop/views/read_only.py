"""Checks of read-only fields: a client may send them back, but only with their stored values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from courseshop.domain.errors import Stale
from courseshop.framework import adapters
from courseshop.framework.conditional import STALE
from courseshop.framework.input import Invalid
from courseshop.framework.json import dumps
from courseshop.schemas.writing import READ_ONLY
from courseshop.services import category
from courseshop.views.course import course_out
from courseshop.views.links import category_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from courseshop.framework.request import Request
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
    about = sent.pop("about", {})
    if "html" in about:
        refuse_others(("about",), {"html": about["html"]}, {"html": place.row.about_html})
    if is_older(sent.get("version"), place.row.version):
        raise Stale("version", "stale", STALE)
    front = adapters.page(place, "GET", "") if sent else None
    if front is not None:
        known = json.loads(dumps(front.data(place, request, course_out(place, request))))
        refuse_others((), sent, known)


def is_older(version: JsonValue, stored: int) -> bool:
    return isinstance(version, int) and 0 < version < stored


def refuse_others(
    where: tuple[str, ...], sent: Mapping[str, JsonValue], known: Mapping[str, JsonValue]
) -> None:
    others = [name for name, value in sent.items() if name not in known or value != known[name]]
    if others:
        message = "The shop says what this is."
        # Without the input: an empty text would be reported as missing.
        raise Invalid(
            [
                {"loc": (*where, name), "type": "read_only", "msg": message, "input": None}
                for name in others
            ]
        )
