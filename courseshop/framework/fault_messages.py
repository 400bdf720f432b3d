"""Messages for people about input that pydantic rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from courseshop.framework.input import Fault, InputFault
    from courseshop.framework.request import Request

# By pydantic's type of error; pydantic's own message is the fallback.
FAULTS = {
    "missing": _("This field is required."),
    "extra_forbidden": _("Unknown field."),
    "string_too_long": _("Use at most ${max_length} characters."),
    "string_too_short": _("Use at least ${min_length} characters."),
    "greater_than_equal": _("Use ${ge} or more."),
    "less_than_equal": _("Use ${le} or less."),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _("Use a whole number.")),
    "int_parsing_size": _("Use a smaller whole number."),
    "less_than": _("Use less than ${lt}."),
    **dict.fromkeys(("bool_parsing", "bool_type"), _("Use true or false.")),
    "literal_error": _("Use ${expected}."),
    "string_type": _("Use text."),
    "string_pattern_mismatch": _(
        "Use letters, numbers, punctuation and spaces; no control or direction characters."
    ),
    "too_short": _("Select at least ${min_length}."),
    "too_long": _("Use at most ${max_length} entries; there are ${actual_length}."),
    "list_type": _("Send a list."),
    **dict.fromkeys(("model_type", "dict_type"), _("Send an object.")),
    "unknown_course": _("There is no course called ${slug}."),
    "currency": _("The currency of this shop is ${expected}."),
    "reserved": _("This name is reserved for a page of the shop."),
    "nothing": _("Send at least one field to change."),
    "nul": _("Remove the NUL character."),
    "outline_section": _("Start with a section, such as: # First steps"),
    "too_complex": _(
        "This text has too much formatting. Use fewer paragraphs, list items, links and marks."
    ),
    "read_only": _("This field is read-only; omit it or send it unchanged."),
}
# Messages for a value that does not match its pattern, by field name.
FORMS_OF = {
    "username": _(
        "Use 2 to 40 lowercase letters and numbers. Hyphens, periods and underscores are allowed "
        "inside."
    ),
    "email": _("Enter an email address, such as ann@example.com."),
    "slug": _("Use lowercase letters and numbers; separate words with single hyphens."),
    "amount": _("Enter an amount such as 19.90, with at most two decimal places."),
    "language": _("Enter a language tag, such as en or pt-BR."),
    "rating": _("Use a number from 1 to 5, such as 4.5."),
    "key": _("This link is incomplete. Open it again from the email."),
    "after": _("This page link is no longer valid. Open the list again."),
}
# Fields of the same form as another one.
SAME_FORM = {"instructor": "username", "category": "slug", "course": "slug", "before": "after"}


def explain(fault: InputFault, request: Request) -> Fault:
    """Convert a pydantic error to the API's `{"field", "code", "message"}`."""
    kind, context = fault["type"], fault.get("ctx", {})
    sent = fault.get("input")
    # Whitespace alone counts as a missing value if the pattern requires visible text.
    blank = isinstance(sent, str) and not sent.strip() and kind == "string_pattern_mismatch"
    if sent == "" or blank or (kind == "string_too_short" and context["min_length"] == 1):
        kind = "missing"
    known = FAULTS.get(kind)
    if kind in {"string_pattern_mismatch", "string_too_short"}:
        name = [part for part in fault["loc"] if isinstance(part, str)][-1]
        known = FORMS_OF.get(SAME_FORM.get(name, name), known)
    if "expected" in context:
        # pydantic quotes the values as Python does.
        context = {**context, "expected": str(context["expected"]).replace("'", "")}
    message = translate(request, known, context) if known else fault["msg"]
    field = ".".join(str(part) for part in fault["loc"])
    return {"field": field, "code": fault["type"], "message": message}
