"""The faults of an imported file in plain words, for its author."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from courseshop.domain import money
from courseshop.framework.fault_messages import explain
from courseshop.importing.faults import Fault
from courseshop.importing.hints import field_for, value_for
from courseshop.importing.status_fields import WRITE, hides

if TYPE_CHECKING:
    from pydantic import JsonValue

    from courseshop.framework.input import InputFault
    from courseshop.framework.request import Request

TIME = "Write a time with its offset from UTC, such as 2026-03-14T09:00:00Z."
WHOLE = "Use a whole number."
UNKNOWN = "Unknown field."
# Messages by pydantic's type of error; forms have their own.
MESSAGES = {
    "list_type": "Write a list, such as [first, second].",
    "model_type": "Write a mapping, such as {title: …}.",
    "string_type": "Write a text.",
    "datetime_parsing": TIME,
    "datetime_from_date_parsing": TIME,
    "timezone_aware": TIME,
    "finite_number": WHOLE,
    "extra_forbidden": UNKNOWN,
}
# Messages for a list in a field with a single value.
ONE = {
    **dict.fromkeys(("string_type", "model_type"), "Write a text, not a list."),
    "literal_error": "Write one value, not a list.",
    **dict.fromkeys(("decimal_type", "int_type"), "Write one number, not a list."),
}
ONE_CATEGORY = "Write one category."
AMOUNTS = {"decimal_parsing", "decimal_type", "decimal_max_places", "finite_number"}
# Errors that `CourseFile` raises with messages for authors.
OWN = {"future", "reviews"}
PEOPLE = "Use usernames of this shop, such as ann-smith."
PERSON = re.compile(r"instructors\.\d+|reviews\.\d+\.by")
CATEGORY = "Add --category NAME for files without one."
LINES = "Write it in one line. In YAML, > joins lines, and | does not."


def in_words(request: Request, error: InputFault) -> Fault:
    """Return an error as a message for the author of the file, with a hint if there is one."""
    field, sent = field_of(error), error.get("input")
    message = message_of(request, error, field, sent)
    hint = hint_for(error, sent)
    return Fault(field, f"{message} Did you mean {hint}?" if hint and hint != sent else message)


def field_of(error: InputFault) -> str:
    """Return the path of a field. The title of a category that is a text is the category."""
    field = ".".join(map(str, error["loc"]))
    return "category" if field == "category.title" and error["type"] != "missing" else field


def hint_for(error: InputFault, sent: JsonValue) -> str | None:
    """Return the field or the value that the author probably means."""
    name = str(error["loc"][-1])
    if is_unknown(error):
        around = [str(one) for one in error["loc"][:-1] if isinstance(one, str)]
        return field_for(name, around)
    return value_for(name, sent, expected(error))


def is_unknown(error: InputFault) -> bool:
    return error["type"] == "extra_forbidden"


def expected(error: InputFault) -> list[str]:
    """Return the values that a field may have, if these are only a few."""
    return re.findall("'([^']*)'", str(error.get("ctx", {}).get("expected", "")))


def message_of(request: Request, error: InputFault, field: str, sent: JsonValue) -> str:
    kind, known = error["type"], special(error, field, sent)
    if known:
        return known
    if field == "price" and kind in AMOUNTS:
        return str(money.hint(request.settings.currency))
    if kind == "literal_error":
        return f"Choose one of: {', '.join(expected(error))}."
    message = MESSAGES.get(kind) or explain(error, request)["message"]
    return f"{message} {CATEGORY}" if (kind, field) == ("missing", "category") else message


def special(error: InputFault, field: str, sent: JsonValue) -> str | None:
    """Return the message for a common mistake of authors, None for any other."""
    kind = error["type"]
    if isinstance(sent, list) and kind in ONE:
        return ONE_CATEGORY if field == "category" else ONE[kind]
    if kind in OWN:
        return str(error.get("msg", ""))
    if is_unknown(error) and hides(field, sent):
        return f"{UNKNOWN} {WRITE}"
    if isinstance(sent, str):
        return special_text(kind, field, sent)
    return None


def special_text(kind: str, field: str, sent: str) -> str | None:
    if kind == "string_pattern_mismatch" and "\n" in sent.strip():
        return LINES
    if kind == "string_pattern_mismatch" and PERSON.fullmatch(field):
        return PEOPLE
    if kind == "list_type" and sent.strip():
        return f"Write a list, such as [{' '.join(sent.split())[:40]}]."
    return None
