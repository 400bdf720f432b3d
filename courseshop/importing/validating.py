"""Validation of the fields of a file: all faults at once, in plain words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pydantic import BaseModel, ValidationError

from courseshop.domain import money
from courseshop.framework.fault_messages import explain
from courseshop.importing.course_file import CourseFile
from courseshop.importing.faults import Fault
from courseshop.importing.hints import field_for, value_for
from courseshop.schemas.course import CourseDraft

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.framework.input import InputFault
    from courseshop.framework.request import Request
    from courseshop.importing.faults import Facts

TIME = "Write a time with its offset from UTC, such as 2026-03-14T09:00:00Z."
# Messages for people who write files, by pydantic's type of error; forms have their own.
MESSAGES = {
    "list_type": "Write a list, such as [first, second].",
    "model_type": "Write a mapping, such as {title: …}.",
    "datetime_parsing": TIME,
    "datetime_from_date_parsing": TIME,
    "timezone_aware": TIME,
}
AMOUNTS = {"decimal_parsing", "decimal_type", "decimal_max_places", "finite_number"}
# The errors of `CourseFile` itself, whose messages are for people already.
OWN = {"future", "reviews"}
PEOPLE = "Use usernames of this shop, such as ann-smith."
PERSON = re.compile(r"instructors\.\d+|reviews\.\d+\.by")
CATEGORY = "Add --category NAME for files without one."
LINES = "Write it in one line. In YAML, > joins lines, and | does not."
# These stand for the required fields where others are checked.
PRESENT = {"title": "x", "category": "x"}
Place = tuple[int | str, ...]


class Checked(NamedTuple):
    """The valid fields of a file, the faults of the others, and the unknown fields left out."""

    file: CourseFile
    faults: list[Fault]
    ignored: list[str]


def validate(request: Request, facts: Facts, *, ignore_unknown: bool) -> Checked:
    """Check all fields of a file."""
    found = errors(facts, request.settings.currency)
    ignored = [one["loc"] for one in found if ignore_unknown and is_unknown(one)]
    faulty = [one for one in found if one["loc"] not in ignored]
    left = pruned(pruned(facts, set(ignored)), {place_of(facts, one["loc"]) for one in faulty})
    return Checked(
        CourseFile.model_validate({**PRESENT, **left}),
        [in_words(request, one) for one in faulty],
        [".".join(map(str, one)) for one in ignored],
    )


def place_of(facts: Facts, found: Place) -> Place:
    """Return the field at fault, or the entry if the field is a list."""
    return found[: 2 if isinstance(facts.get(str(found[0])), list) else 1]


def is_unknown(error: InputFault) -> bool:
    return error["type"] == "extra_forbidden"


def errors(facts: Facts, currency: str) -> list[InputFault]:
    """Return the errors of all fields, in the order of the file."""
    drafted = {key: facts[key] for key in facts if key not in CourseFile.model_fields}
    draft = errors_of(CourseDraft, {**drafted, **PRESENT}, currency)
    found = [*errors_of(CourseFile, facts, currency), *draft]
    order = {key: at for at, key in enumerate(facts)}
    return sorted(found, key=lambda one: order.get(str(one["loc"][0]), len(order)))


def errors_of(model: type[BaseModel], facts: Facts, currency: str) -> list[InputFault]:
    try:
        model.model_validate(facts, context={"currency": currency})
    except ValidationError as error:
        # pydantic declares the same keys, with wider types.
        return [cast("InputFault", one) for one in error.errors(include_url=False)]
    return []


# Any, because a file may contain any structure.
def pruned(value: Any, places: set[Place], here: Place = ()) -> Any:
    """Return a structure of dicts and lists without what stands at these places."""
    if isinstance(value, dict):
        pairs = ((key, one, (*here, key)) for key, one in value.items())
        return {key: pruned(one, places, at) for key, one, at in pairs if at not in places}
    if isinstance(value, list):
        entries = ((one, (*here, number)) for number, one in enumerate(value))
        return [pruned(one, places, at) for one, at in entries if at not in places]
    return value


def in_words(request: Request, error: InputFault) -> Fault:
    """Return an error as a message for the author of the file, with a hint if there is one."""
    field, sent = ".".join(map(str, error["loc"])), error.get("input")
    message = message_of(request, error, field, sent)
    name = str(error["loc"][-1])
    choices = str(error.get("ctx", {}).get("expected", ""))
    hint = field_for(name) if is_unknown(error) else value_for(name, sent, choices)
    return Fault(field, f"{message} Did you mean {hint}?" if hint and hint != sent else message)


def message_of(request: Request, error: InputFault, field: str, sent: JsonValue) -> str:
    kind = error["type"]
    if kind == "string_pattern_mismatch" and isinstance(sent, str) and "\n" in sent.strip():
        return LINES
    if kind == "string_pattern_mismatch" and PERSON.fullmatch(field):
        return PEOPLE
    if kind == "list_type" and isinstance(sent, str):
        return f"Write a list, such as [{' '.join(sent.split())[:40]}]."
    if kind in AMOUNTS:
        return str(money.hint(request.settings.currency))
    if kind in OWN:
        return str(error.get("msg", ""))
    message = MESSAGES.get(kind) or explain(error, request)["message"]
    return f"{message} {CATEGORY}" if (kind, field) == ("missing", "category") else message
