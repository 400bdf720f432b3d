"""Messages for people about input that pydantic rejects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from translationstring import TranslationString

from courseshop.domain import money, text
from courseshop.domain.i18n import _
from courseshop.framework.negotiation import HTML, JSON, form_of, media_type
from courseshop.rendering.labels import choice_label
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from courseshop.framework.input import Fault, InputFault
    from courseshop.framework.request import Request

LOST_PAGE = _("This page link is no longer valid. Open the list again.")
NOT_VALID = _("This value isn't valid.")
MOMENT = _("Enter a date and time with its offset from UTC, such as 2026-03-14T09:00:00Z.")
# By pydantic's type of error. NOT_VALID is the fallback: people never read a validator's message.
FAULTS = {
    "missing": _("This field is required."),
    "extra_forbidden": _("Unknown field."),
    "repeated": _("Choose only one."),
    "string_too_long": _("Use at most ${max_length} characters."),
    "string_too_short": _("Use at least ${min_length} characters."),
    "greater_than_equal": _("Use ${ge} or more."),
    "less_than_equal": _("Use ${le} or less."),
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float"), _("Use a whole number.")),
    "int_parsing_size": _("Use a smaller whole number."),
    "less_than": _("Use less than ${lt}."),
    "greater_than": _("Use more than ${gt}."),
    **dict.fromkeys(
        ("decimal_parsing", "decimal_type", "finite_number", "float_parsing", "float_type"),
        _("Use a number, such as 19.90."),
    ),
    "decimal_max_digits": _("Use at most ${max_digits} digits."),
    "decimal_max_places": _("Use at most ${decimal_places} decimal places."),
    "decimal_whole_digits": _("Use at most ${whole_digits} digits before the decimal point."),
    **dict.fromkeys(
        (
            *("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "datetime_range"),
            *("datetime_object_invalid", "timezone_naive", "timezone_aware", "timezone_offset"),
        ),
        MOMENT,
    ),
    **dict.fromkeys(("bool_parsing", "bool_type"), _("Use true or false.")),
    "literal_error": _("Choose one of: ${expected}."),
    "string_type": _("Use text."),
    "string_unicode": _("Use text that is valid Unicode."),
    "string_pattern_mismatch": _(
        "Use letters, numbers, punctuation and spaces; no invisible characters. If you pasted the "
        "text, type it again."
    ),
    "odd_character": _(
        "Use letters, numbers, punctuation and spaces; no invisible characters. Remove "
        "${character}."
    ),
    "too_short": _("Select at least ${min_length}."),
    "too_long": _("Use at most ${max_length} entries; there are ${actual_length}."),
    "list_type": _("Send a list."),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), _("Send an object.")),
    "missing_sentinel_error": _("Omit this field."),
    "none_required": _("Send null."),
    "unknown_course": _("There is no course called ${slug}."),
    "currency": _("The currency of this shop is ${expected}."),
    "reserved": _("This name is reserved for a page of the shop."),
    "nothing": _("Send at least one field to change."),
    "nul": _("Remove the NUL character."),
    "outline_section": _("Start with a section, such as: # First steps"),
    "too_complex": _(
        "This text has too much formatting. Use fewer paragraphs, list items, links and marks."
    ),
    "cursor": LOST_PAGE,
    "read_only": _("This field is read-only; omit it or send it unchanged."),
}
# Messages for a list with too many entries, by field name.
LISTS_OF = {
    "course": _("You can compare at most ${max_length} courses; this link has ${actual_length}."),
}
# Messages for a value that does not match its pattern, by field name.
FORMS_OF = {
    "username": _(
        "Use 2 to 40 lowercase letters and numbers. Single hyphens, periods and underscores are "
        "allowed between them."
    ),
    "email": _("Enter an email address, such as ann@example.com."),
    "slug": _("Use lowercase letters and numbers; separate words with single hyphens."),
    "language": _("Enter a language tag, such as en or pt-BR."),
    "rating": _("Use a number from 1 to 5, such as 4.5."),
    "key": _("This link is incomplete. Open it again from the email."),
    "after": LOST_PAGE,
}
# Fields of the same form as another one.
SAME_FORM = {"instructor": "username", "category": "slug", "course": "slug", "before": "after"}
# Errors of a field that takes one value.
SINGLE = {"string_type", "int_type", "literal_error"}


def explain(fault: InputFault, request: Request) -> Fault:
    """Convert a pydantic error to the API's `{"field", "code", "message"}`."""
    kind, context = kind_of(fault, request), dict(fault.get("ctx", {}))
    name = next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "")
    if kind == "literal_error":
        context["expected"] = choices(request, context["expected"])
    odd = odd_character(fault) if kind == "string_pattern_mismatch" else None
    if odd:
        kind, context = "odd_character", {"character": text.named(odd)}
    if name == "amount" and kind == "string_pattern_mismatch":
        known = money.rule(request.settings.currency)
    else:
        known = message_of(kind, name)
    message = translate(request, known, {"name": name, **context})
    return {"field": ".".join(map(str, fault["loc"])), "code": fault["type"], "message": message}


def untranslated(fault: InputFault) -> str:
    """Return the message for the output of a command."""
    kind, context = fault["type"], dict(fault.get("ctx", {}))
    odd = odd_character(fault) if kind == "string_pattern_mismatch" else None
    if odd:
        kind, context = "odd_character", {"character": text.named(odd)}
    message = message_of(kind, str(fault["loc"][-1]))
    return str(TranslationString(message, mapping=context).interpolate())


def kind_of(fault: InputFault, request: Request) -> str:
    """Return pydantic's type of error, or a more exact one from `FAULTS`."""
    kind, sent = fault["type"], fault.get("input")
    # A value that shows nothing counts as a missing one if the pattern requires visible text.
    blank = isinstance(sent, str) and text.is_blank(sent) and kind == "string_pattern_mismatch"
    if sent == "" or blank or (kind == "string_too_short" and fault["ctx"]["min_length"] == 1):
        return "missing"
    if kind in SINGLE and isinstance(sent, list) and media_type(request) != JSON:
        return "repeated"
    return kind


def message_of(kind: str, name: str) -> str:
    """Return the message for a kind of error in the field `name`."""
    if kind == "too_long":
        return LISTS_OF.get(name, FAULTS[kind])
    if kind in {"string_pattern_mismatch", "string_too_short"}:
        return FORMS_OF.get(SAME_FORM.get(name, name), FAULTS[kind])
    return FAULTS.get(kind, NOT_VALID)


def choices(request: Request, expected: str) -> str:
    """Return the values in pydantic's "'a', 'b' or 'c'": for people, the labels that they see."""
    values = re.findall("'([^']*)'", expected)
    if form_of(request) == HTML:
        values = [choice_label(request, value) for value in values]
    return ", ".join(values)


def odd_character(fault: InputFault) -> str | None:
    """Return the first character of a value that a line, or a text, must not contain, if any."""
    sent, pattern = fault.get("input"), fault.get("ctx", {}).get("pattern")
    if not isinstance(sent, str):
        return None
    found = None
    if pattern in {text.LINE, text.WORDS, text.TAG}:
        found = text.NOT_IN_A_LINE.search(sent.strip())
    elif pattern in {text.TEXT, text.SOMETHING}:
        found = text.NOT_IN_A_TEXT.search(sent)
    return found[0] if found else None
