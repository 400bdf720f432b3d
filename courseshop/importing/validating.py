"""Validation of the fields of a file: all faults at once, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from pydantic import BaseModel, ValidationError

from courseshop.importing.course_file import CourseFile
from courseshop.importing.faults import MOST, Fault
from courseshop.importing.status_fields import hides
from courseshop.importing.wording import field_of, in_words, is_unknown
from courseshop.schemas.course import CourseDraft

if TYPE_CHECKING:
    from courseshop.framework.input import InputFault
    from courseshop.framework.request import Request
    from courseshop.importing.faults import Facts

NOT_VALID = "This value isn't valid."
# Placeholders for the required fields, to validate the others.
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
    ignored = {one["loc"]: None for one in found if ignore_unknown and may_ignore(one)}
    faulty = [one for one in found if one["loc"] not in ignored]
    left = pruned(pruned(facts, set(ignored)), {place_of(facts, one["loc"]) for one in faulty})
    # A message takes up to a millisecond, and no more than these are shown.
    faults = [in_words(request, one) for one in faulty[:MOST]]
    faults += [Fault(field_of(one), NOT_VALID) for one in faulty[MOST:]]
    return Checked(
        CourseFile.model_validate({**PRESENT, **left}),
        faults,
        [".".join(map(str, one)) for one in ignored],
    )


def place_of(facts: Facts, found: Place) -> Place:
    """Return the field at fault, or the entry if the field is a list."""
    return found[: 2 if isinstance(facts.get(str(found[0])), list) else 1]


def may_ignore(error: InputFault) -> bool:
    """Return whether a field is unknown, and not one that may hide the course from the public."""
    place = error["loc"]
    return is_unknown(error) and not (len(place) == 1 and hides(str(place[0]), error.get("input")))


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
    """Return a structure of dicts and lists without the values at these places."""
    if isinstance(value, dict):
        pairs = ((key, one, (*here, key)) for key, one in value.items())
        return {key: pruned(one, places, at) for key, one, at in pairs if at not in places}
    if isinstance(value, list):
        entries = ((one, (*here, number)) for number, one in enumerate(value))
        return [pruned(one, places, at) for one, at in entries if at not in places]
    return value
