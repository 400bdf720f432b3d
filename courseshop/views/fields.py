"""The form of a course, made of the fields that `CourseDraft` declares."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypedDict

from annotated_types import MaxLen

from courseshop.domain.i18n import _
from courseshop.rendering.locales import translate
from courseshop.schemas.base import LONGEST_SLUG
from courseshop.schemas.course import FIELDS, CourseDraft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from courseshop.framework.request import PageData, Request
    from courseshop.views.course import CoursePage

TEMPLATE = "courseshop:templates/form/{}.jinja2"
NEW_SLUG = _(
    "The last part of the link. Use lowercase letters, numbers and hyphens. Leave it empty to use "
    "the title."
)
OTHER_SLUG = _(
    "The last part of the link. Use lowercase letters, numbers and hyphens. The old address "
    "redirects to the new one."
)


class Control(TypedDict):
    """A control of the form; `value` is its text, `attributes` are those of its template."""

    name: str
    label: str
    help: str
    value: str
    optional: bool
    beside: bool
    template: str
    attributes: Mapping[str, str | int]


def groups_of(request: Request, course: CoursePage | None) -> list[tuple[bool, list[Control]]]:
    """Return the controls for a course, or for a new one, in runs; True: side by side."""
    controls = [*declared(request, course), slug_of(request, course)]
    return [(beside, list(run)) for beside, run in groupby(controls, itemgetter("beside"))]


def declared(request: Request, course: PageData | None) -> Iterator[Control]:
    mapping, first = {"currency": request.settings.currency}, first_texts()
    for name, field in FIELDS.items():
        yield {
            "name": name,
            "label": translate(request, field.label, mapping),
            "help": translate(request, field.help) if field.help else "",
            "value": field.widget.text(course[name]) if course else first[name],
            "optional": not (CourseDraft.model_fields[name].is_required() or first[name]),
            "beside": field.beside,
            "template": TEMPLATE.format(field.widget.template),
            "attributes": {**longest(name), **field.attributes},
        }


def slug_of(request: Request, course: CoursePage | None) -> Control:
    """Return the control of the slug, which has another help text once the course has one."""
    return {
        "name": "slug",
        "label": translate(request, _("Page address")),
        "help": translate(request, OTHER_SLUG if course else NEW_SLUG),
        "value": course["slug"] if course else "",
        "optional": True,
        "beside": False,
        "template": TEMPLATE.format("field"),
        "attributes": {"maxlength": LONGEST_SLUG},
    }


@cache
def first_texts() -> dict[str, str]:
    """Return the text of each control for a new course."""
    defaults = {name: CourseDraft.model_fields[name].default for name in FIELDS}
    return {
        name: str(value) if isinstance(value, str | int | Decimal) else ""
        for name, value in defaults.items()
    }


@cache
def longest(name: str) -> dict[str, str | int]:
    """Return the attribute `maxlength` of a text field; that of a list limits its entries."""
    info = CourseDraft.model_fields[name]
    limits = [one.max_length for one in info.metadata if isinstance(one, MaxLen)]
    return {"maxlength": limits[0]} if limits and info.annotation is str else {}
