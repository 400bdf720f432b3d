"""The filters and globals of the templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from jinja2 import pass_context
from markupsafe import Markup

from courseshop.domain.i18n import DOMAIN
from courseshop.framework.return_to import returning
from courseshop.rendering.faults import entry_of, fault_summary, name_of
from courseshop.rendering.formats import (
    average,
    byte_size,
    date,
    duration,
    language,
    moment,
    money,
    number,
)
from courseshop.rendering.icons import icon
from courseshop.rendering.labels import (
    choice_label,
    entry_label,
    field_label,
    level,
    outcome,
    reason,
    role,
    status,
    visibility,
)
from courseshop.rendering.locales import direction, translate
from courseshop.rendering.messages import gettext, ngettext
from courseshop.services.avatar import avatar as draw_avatar
from courseshop.services.covers import cover as draw_cover
from courseshop.services.rating import stars

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.runtime import Context

    from courseshop.framework.request import Request
    from courseshop.schemas.category import CategoryOut
    from courseshop.schemas.course import CourseSummary
    from courseshop.schemas.related import RelatedCourse

Value = TypeVar("Value")
Shown = TypeVar("Shown")


def faults_at(request: Request, name: str) -> list[str]:
    """Return the error messages of a form field.

    For an entry of a list, its position comes first, counted from 1: "Item 2: …", "Item 2.1: …".
    """
    found = []
    for fault in (*request.faults, *request.query_faults):
        entry = entry_of(fault)
        if name_of(fault) == name:
            message = fault["message"]
            found.append(f"{entry_label(request, name, entry)}: {message}" if entry else message)
    return found


def translated(request: Request, message: str) -> str:
    """Return a message of the shop in the user's language."""
    return translate(request, message)


def _filter(function: Callable[[Request, Value], Shown]) -> Callable[[Context, Value], Shown]:
    """Return a filter that calls `function(request, value)` with the request of the template."""

    @pass_context
    def filtered(context: Context, value: Value) -> Shown:
        return function(context.parent["request"], value)

    return filtered


FILTERS = {
    function.__name__: _filter(function)
    for function in (
        *(
            number,
            average,
            byte_size,
            date,
            moment,
            money,
            duration,
            language,
            level,
            role,
            status,
            reason,
            outcome,
            visibility,
            field_label,
            choice_label,
        ),
        fault_summary,
        faults_at,
        translated,
    )
}


def cover(course: CourseSummary | RelatedCourse) -> Markup:
    """Return the generated SVG cover of a course, given as in the dict of a page."""
    return Markup(draw_cover(course["title"], course["category"]["slug"]))  # noqa: S704 - the shop's SVG


def category_cover(category: CategoryOut) -> Markup:
    """Return the generated SVG of a category's tile."""
    return Markup(draw_cover("", category["slug"]))  # noqa: S704 - the shop's SVG


def avatar(name: str, *, large: bool = False) -> Markup:
    """Return a generated SVG avatar with the initials of a name."""
    return Markup(draw_avatar(name, large=large))  # noqa: S704 - the shop's SVG


# Settings of pyramid_jinja2 for the template environment.
JINJA = {
    "jinja2.filters": {
        **FILTERS,
        "stars": stars,
        "cover": cover,
        "category_cover": category_cover,
        "avatar": avatar,
        "direction": direction,
        "returning": returning,
        "gettext": gettext,
        "ngettext": ngettext,
    },
    "jinja2.i18n.domain": DOMAIN,
    "jinja2.globals": {"_": gettext, "ngettext": ngettext, "icon": icon},
    "jinja2.newstyle": "true",
    "jinja2.trim_blocks": "true",
    "jinja2.lstrip_blocks": "true",
    "jinja2.undefined": "strict",
}
