"""Validation of the fields of a file: all faults at once, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pydantic import BaseModel, ValidationError

from courseshop.framework.fault_messages import explain
from courseshop.importing.course_file import CourseFile
from courseshop.importing.faults import Fault
from courseshop.schemas.course import CourseDraft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from courseshop.framework.input import InputFault
    from courseshop.framework.request import Request
    from courseshop.importing.faults import Facts

AMOUNT = "Write an amount such as 19.90, with at most two decimal places."
TIME = "Write a time with its offset from UTC, such as 2026-03-14T09:00:00Z."
# Messages for people who write files, by pydantic's type of error; forms have their own.
MESSAGES = {
    "list_type": "Write a list, such as [first, second].",
    "model_type": "Write a mapping, such as {title: …}.",
    "decimal_parsing": AMOUNT,
    "decimal_type": AMOUNT,
    "decimal_max_places": AMOUNT,
    "finite_number": AMOUNT,
    "datetime_parsing": TIME,
    "datetime_from_date_parsing": TIME,
    "timezone_aware": TIME,
}
# These stand for the required fields where others are checked.
PRESENT = {"title": "x", "category": "x"}


def validate(request: Request, facts: Facts) -> tuple[CourseFile, list[Fault]]:
    """Return the file's valid fields, and the faults of the others."""
    found = errors(facts)
    valid = {**PRESENT, **without(facts, [one["loc"] for one in found])}
    return CourseFile.model_validate(valid), [in_words(request, one) for one in found]


def errors(facts: Facts) -> list[InputFault]:
    """Return the errors of all fields, in the order of the file."""
    drafted = {key: facts[key] for key in facts if key not in CourseFile.model_fields}
    found = [*errors_of(CourseFile, facts), *errors_of(CourseDraft, {**drafted, **PRESENT})]
    order = {key: at for at, key in enumerate(facts)}
    return sorted(found, key=lambda one: order.get(str(one["loc"][0]), len(order)))


def errors_of(model: type[BaseModel], facts: Facts) -> list[InputFault]:
    try:
        model.model_validate(facts)
    except ValidationError as error:
        # pydantic declares the same keys, with wider types.
        return [cast("InputFault", one) for one in error.errors(include_url=False)]
    return []


def without(facts: Facts, places: Iterable[tuple[int | str, ...]]) -> dict[str, object]:
    """Return the fields without those at fault; of a list, only the entries at fault go."""
    faulty = set(places)
    left = {key: value for key, value in facts.items() if (key,) not in faulty}
    for name, *rest in faulty:
        if rest and not isinstance(left.get(str(name)), list):
            left.pop(str(name), None)
    bad = {place[:2] for place in faulty}
    return {
        key: [one for at, one in enumerate(value) if (key, at) not in bad]
        if isinstance(value, list)
        else value
        for key, value in left.items()
    }


def in_words(request: Request, error: InputFault) -> Fault:
    """Return an error as a message for the author of the file."""
    fault = explain(error, request)
    return Fault(fault["field"], MESSAGES.get(error["type"], fault["message"]))
