"""The form of a course, made of the fields that `CourseDraft` declares."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, TypedDict

from annotated_types import MaxLen
from pydantic import ValidationError

from courseshop.domain.i18n import _
from courseshop.rendering.locales import translate
from courseshop.schemas.base import LONGEST_SLUG
from courseshop.schemas.course import FIELDS, CourseDraft
from courseshop.schemas.writing import CoursePatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from courseshop.framework.request import PageData, Request
    from courseshop.views.course import CoursePage

NEW_SLUG = _(
    "The end of the course's web address. Use lowercase letters, numbers and hyphens. Leave it "
    "empty to create it from the title."
)
OTHER_SLUG = _(
    "The end of the course's web address. Use lowercase letters, numbers and hyphens. The old "
    "address redirects to the new one."
)


class Control(TypedDict):
    """A control of the form; `value` is its text, `attributes` are its HTML attributes."""

    name: str
    label: str
    help: str
    value: str
    optional: bool
    beside: bool
    macro: str
    attributes: Mapping[str, str | int]


class Difference(TypedDict):
    """A field whose stored value is another one than the submitted one, `mine`."""

    label: str
    stored: str
    mine: str


def groups_of(request: Request, course: CoursePage | None) -> list[tuple[bool, list[Control]]]:
    """Return the controls of the form in groups of consecutive controls.

    The boolean says whether a group is shown side by side.
    """
    runs = groupby(controls_of(request, course), itemgetter("beside"))
    return [(beside, list(run)) for beside, run in runs]


def controls_of(request: Request, course: CoursePage | None) -> Iterator[Control]:
    yield from controls_of_fields(request, course)
    yield slug_control(request, course)


def controls_of_fields(request: Request, course: PageData | None) -> Iterator[Control]:
    mapping, first = {"currency": request.settings.currency}, default_texts()
    for name, field in FIELDS.items():
        yield {
            "name": name,
            "label": translate(request, field.label, mapping),
            "help": translate(request, field.help) if field.help else "",
            "value": field.widget.text(course[name]) if course else first[name],
            "optional": not (CourseDraft.model_fields[name].is_required() or first[name]),
            "beside": field.beside,
            "macro": field.widget.macro,
            "attributes": {**maxlength_of(name), **field.attributes},
        }


def slug_control(request: Request, course: CoursePage | None) -> Control:
    """Return the control of the slug, whose help text differs once the course has a slug."""
    return {
        "name": "slug",
        "label": translate(request, _("Page address")),
        "help": translate(request, OTHER_SLUG if course else NEW_SLUG),
        "value": course["slug"] if course else "",
        "optional": True,
        "beside": False,
        "macro": "field",
        "attributes": {"maxlength": LONGEST_SLUG, "spellcheck": "false"},
    }


def differences(request: Request, course: CoursePage) -> Iterator[Difference]:
    """Yield the fields of a refused form whose text does not mean the stored value."""
    for one in controls_of(request, course) if request.faults else ():
        name, stored = one["name"], one["value"]
        mine = request.submitted.get(name, stored).replace("\r\n", "\n")
        if mine != stored and meaning(name, mine) != meaning(name, stored):
            yield {"label": one["label"], "stored": stored, "mine": mine}


def meaning(name: str, text: str) -> PageData | str:
    """Return what the text of a field means: "0" and "0.00" are the same price."""
    try:
        return CoursePatch.model_validate({name: text}).facts()
    except ValidationError:
        return text


@cache
def default_texts() -> dict[str, str]:
    """Return the text of each control for a new course."""
    defaults = {name: CourseDraft.model_fields[name].default for name in FIELDS}
    return {
        name: str(value) if isinstance(value, str | int | Decimal) else ""
        for name, value in defaults.items()
    }


@cache
def maxlength_of(name: str) -> dict[str, str | int]:
    """Return the `maxlength` attribute of a text field; a list limits its entries instead."""
    info = CourseDraft.model_fields[name]
    limits = [one.max_length for one in info.metadata if isinstance(one, MaxLen)]
    return {"maxlength": limits[0]} if limits and info.annotation is str else {}
