"""The faults of a refused form, as the summary above it lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from courseshop.domain.i18n import _, ngettext
from courseshop.rendering import labels
from courseshop.rendering.locales import translate, translate_count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from courseshop.framework.input import Fault
    from courseshop.framework.request import Request

ATTENTION = ngettext(
    "Check the form: ${num} field needs attention.",
    "Check the form: ${num} fields need attention.",
)


class FieldFault(TypedDict):
    """A fault of a field: the name to link to, its label for people, and what is wrong."""

    name: str
    label: str
    message: str


class Summary(TypedDict):
    """Faults of fields below their `heading`; `general` are sentences about the whole form."""

    heading: str
    fields: list[FieldFault]
    general: list[str]


def fields_need_attention(request: Request, faults: Iterable[Fault]) -> str:
    """Return how many fields need attention, as a sentence; "" if no field does."""
    names = {name_of(fault) for fault in faults} - {""}
    return translate_count(request, ATTENTION, len(names)) if names else ""


def name_of(fault: Fault) -> str:
    """Return the name of the form's field that a fault is about; "tags.2" is about `tags`."""
    return fault["field"].partition(".")[0]


def entry_of(fault: Fault) -> str:
    """Return which entry of a list is at fault, from 1: "2.1" is the first in the second."""
    _name, *rest = fault["field"].split(".")
    return ".".join(str(int(part) + 1) for part in rest if part.isdigit())


def fault_summary(
    request: Request, form: tuple[Collection[str] | None, Mapping[str, str]]
) -> Summary:
    """Return the faults of a form, which is given as its fields and its own messages.

    The fields are in the order of the form; None stands for all that are at fault. The messages, by
    code, replace those of the faults.
    """
    fields, messages = form
    faults: list[Fault] = [
        {**one, "message": messages.get(one["code"], one["message"])} for one in request.faults
    ]
    found = [one for one in faults if in_form(one, fields)]
    if fields is not None:
        order = [*fields]
        found.sort(key=lambda one: order.index(name_of(one)))
    return {
        "heading": fields_need_attention(request, found),
        "fields": [field_fault(request, one) for one in found],
        "general": [sentence(request, one) for one in faults if not in_form(one, fields)],
    }


def in_form(fault: Fault, fields: Collection[str] | None) -> bool:
    """Return whether a fault is about a field of the form; an unknown field is in no form."""
    name = name_of(fault)
    if not name or fault["code"] == "extra_forbidden":
        return False
    return fields is None or name in fields


def sentence(request: Request, fault: Fault) -> str:
    """Return the message of a fault that no field shows; of an unknown field with its name."""
    message = fault["message"]
    if fault["code"] == "extra_forbidden":
        return f"{labels.field_label(request, name_of(fault))}: {message}"
    return message


def field_fault(request: Request, fault: Fault) -> FieldFault:
    name, entry = name_of(fault), entry_of(fault)
    label = labels.field_label(request, name)
    if name in labels.ENTRIES and entry:
        label = labels.entry_label(request, name, entry)
    elif entry:
        parts = {"label": label, "entry": entry}
        label = translate(request, _("${label}, item ${entry}"), parts)
    return {"name": name, "label": label, "message": fault["message"]}
