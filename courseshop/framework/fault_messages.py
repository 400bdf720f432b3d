"""Messages for users about input that pydantic rejects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from translationstring import TranslationString

from courseshop.domain import money, text
from courseshop.domain.i18n import _
from courseshop.framework.negotiation import HTML, JSON, form_of, media_type
from courseshop.rendering.labels import choice_label
from courseshop.rendering.locales import translate
from courseshop.schemas.base import RULE

if TYPE_CHECKING:
    from courseshop.framework.input import Fault, InputFault
    from courseshop.framework.request import Request

LOST_PAGE = _("This page link is no longer valid. Open the list again.")
NOT_VALID = _("This value isn't valid.")
MOMENT = _("Enter a date and time with its offset from UTC, such as 2026-03-14T09:00:00Z.")
# By type of error, pydantic's or our own. Users never see pydantic's messages: NOT_VALID is the
# fallback.
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
    "less_than": _("Enter a number less than ${lt}."),
    "greater_than": _("Enter a number greater than ${gt}."),
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
    "string_type": _("Send a string."),
    "string_unicode": _("Use text that is valid Unicode."),
    "string_pattern_mismatch": _(
        "Use letters, numbers, punctuation and spaces; no invisible characters. If you pasted the "
        "text, type it again."
    ),
    "odd_character": _(
        "Use letters, numbers, punctuation and spaces; no invisible characters. Remove "
        "${character}."
    ),
    "comma": _("A tag can't contain a comma. Remove it, or use two tags."),
    "too_short": _("Select at least ${min_length}."),
    "too_long": _("Use at most ${max_length} entries; there are ${actual_length}."),
    "list_type": _("Send a list."),
    **dict.fromkeys(("model_type", "model_attributes_type", "dict_type"), _("Send an object.")),
    "missing_sentinel_error": _("Omit this field."),
    "none_required": _("Send null."),
    "unknown_course": _("There is no course called ${slug}."),
    "currency": _("The currency of this shop is ${expected}."),
    "reserved": _("This name is reserved for a page of the shop."),
    "nul": _("Remove the NUL character."),
    "unreadable": _("Send valid UTF-8 without control characters."),
    "outline_section": _("Start with a section, such as: # First steps"),
    "too_complex": _(
        "This text has too much formatting. Use fewer paragraphs, list items and links, and less "
        "bold and italic text."
    ),
    "cursor": LOST_PAGE,
    "reason_to_hide": _("Enter a reason. The author will see it."),
    "read_only": _("This field is read-only; omit it or send it unchanged."),
}
# Messages for a list with too many entries, by field name.
LISTS_OF = {
    "course": _("You can compare at most ${max_length} courses; this link has ${actual_length}."),
}
# Messages for a field that was left empty, by its name.
MISSING_OF = {
    "current_password": _("Enter your current password."),
    "reviews": _("Select at least one review."),
}
# Messages for a number, whatever is wrong with it, by field name.
NUMBERS_OF = {"hours": _("Enter 1 to 100 hours per week.")}
NUMERIC = {"missing", "greater_than_equal", "less_than_equal", "int_parsing", "int_parsing_size"}
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
# The patterns of lines, and those of texts that must not be blank.
LINES = {text.LINE, text.WORDS, text.TAG}
NONBLANK = {text.WORDS, text.TAG, text.NONBLANK_TEXT}


def explain(fault: InputFault, request: Request) -> Fault:
    """Convert a pydantic error to the API's `{"field", "code", "message"}`."""
    (kind, values), name = specify(fault), name_of(fault)
    if kind in SINGLE and isinstance(fault.get("input"), list) and media_type(request) != JSON:
        kind = "repeated"
    if kind == "literal_error":
        values["expected"] = choices(request, values["expected"])
    if kind == "string_pattern_mismatch" and name == "amount":
        message = money.hint(request.settings.currency)
    else:
        message = message_of(kind, name)
    message = translate(request, message, values)
    return {"field": ".".join(map(str, fault["loc"])), "code": fault["type"], "message": message}


def untranslated(fault: InputFault) -> str:
    """Return the message for the output of a command, which has no request."""
    kind, values = specify(fault)
    message = message_of(kind, name_of(fault))
    return str(TranslationString(message, mapping=values).interpolate())


def name_of(fault: InputFault) -> str:
    """Return the name of the field, without the names of those around it and without an index."""
    return next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "")


# Any: the values of placeholders may be of any type.
def specify(fault: InputFault) -> tuple[str, dict[str, Any]]:
    """Return the key of the message in `FAULTS`, and the values of its placeholders."""
    kind, sent, values = fault["type"], fault.get("input"), dict(fault.get("ctx", {}))
    if RULE in values:
        return values[RULE], values
    # A field that may be left out, but not empty, has a rule to name.
    nonempty = kind == "string_too_short" and values["min_length"] == 1
    has_rule = form_key(name_of(fault)) in FORMS_OF
    if (sent == "" and fault.get("required")) or (nonempty and not has_rule):
        return "missing", values
    if kind == "string_pattern_mismatch" and isinstance(sent, str):
        return specify_mismatch(sent, values.get("pattern", ""))
    return kind, values


def specify_mismatch(sent: str, pattern: str) -> tuple[str, dict[str, str]]:
    """Return the same for a text that does not match its pattern."""
    if pattern in NONBLANK and text.is_blank(sent):
        return "missing", {}
    if pattern == text.TAG and "," in sent:
        return "comma", {}
    odd = odd_character(sent, pattern)
    if odd:
        return "odd_character", {"character": text.character_name(odd)}
    return "string_pattern_mismatch", {}


def odd_character(sent: str, pattern: str) -> str:
    """Return the first character that no line or text with this pattern may contain, or ""."""
    found = None
    if pattern in LINES:
        found = text.NOT_IN_A_LINE.search(sent.strip())
    elif pattern in {text.TEXT, text.NONBLANK_TEXT}:
        found = text.NOT_IN_A_TEXT.search(sent)
    return found[0] if found else ""


def message_of(kind: str, name: str) -> str:
    """Return the message for a kind of error in the field `name`."""
    if kind in NUMERIC and name in NUMBERS_OF:
        return NUMBERS_OF[name]
    if kind == "missing":
        return MISSING_OF.get(name, FAULTS[kind])
    if kind == "too_long":
        return LISTS_OF.get(name, FAULTS[kind])
    if kind in {"string_pattern_mismatch", "string_too_short"}:
        return FORMS_OF.get(form_key(name), FAULTS[kind])
    return FAULTS.get(kind, NOT_VALID)


def form_key(name: str) -> str:
    """Return the field in `FORMS_OF` that has the same form as this one."""
    return SAME_FORM.get(name, name)


def choices(request: Request, expected: str) -> str:
    """Return the choices in pydantic's "'a', 'b' or 'c'", separated by commas.

    Browsers get the labels that users see.
    """
    values = re.findall("'([^']*)'", expected)
    if form_of(request) == HTML:
        values = [choice_label(request, value) for value in values]
    return ", ".join(values)
