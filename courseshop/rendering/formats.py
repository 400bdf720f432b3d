"""The one place where messages, times, numbers and money get the form of the reader's locale."""

from __future__ import annotations

from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from jinja2 import pass_context
from markupsafe import Markup, escape
from pyramid.i18n import get_localizer

from courseshop.domain.i18n import _
from courseshop.services.avatar import avatar as draw_avatar
from courseshop.services.cover import cover as draw_cover
from courseshop.services.rating import stars

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from courseshop.schemas.base import MoneyOut


DOMAIN = "courseshop"

LEVELS = {
    "all": _("All levels"),
    "beginner": _("Beginner"),
    "intermediate": _("Intermediate"),
    "advanced": _("Advanced"),
}


PRICES = {"free": _("Free"), "paid": _("With a price")}


# Of a list of courses.
ORDERS = {
    "relevance": _("Best match"),
    "newest": _("Newest"),
    "rating": _("Best rated"),
    "popular": _("Most students"),
    "title": _("Title"),
    "price": _("Lowest price"),
    "-price": _("Highest price"),
}


STATUSES = {
    "draft": _("Draft"),
    "submitted": _("Waits for a moderator"),
    "published": _("Published"),
    "archived": _("Archived"),
}


VISIBILITIES = {
    "private": _("Only you"),
    "link": _("Whoever has the link"),
    "public": _("Everybody, on your profile"),
}
REASONS = {
    "spam": _("Advertising"),
    "offensive": _("Offensive"),
    "off_topic": _("Not about the course"),
    "false": _("Not true"),
    "other": _("Something else"),
}
OUTCOMES = {
    "approve": _("Published"),
    "hide": _("Hidden"),
    "dismiss": _("Left as it is"),
}


ROLES = {
    "student": _("Student"),
    "instructor": _("Instructor"),
    "moderator": _("Moderator"),
    "admin": _("Admin"),
}


def negotiate_locale(request: Any) -> str:
    """Return the shop's locale that suits `Accept-Language` best; the first one is the default."""
    offered: tuple[str, ...] = request.settings.locales
    if len(offered) == 1:
        return offered[0]
    tags = {tag.replace("_", "-"): tag for tag in offered}
    best: str = request.accept_language.lookup(tuple(tags), default=next(iter(tags)))
    return tags[best]


def translate(request: Any, message: str, mapping: Mapping[str, Any] | None = None) -> str:
    text: str = get_localizer(request).translate(message, mapping=mapping)
    return text


# Babel finds out about the locale anew for each number; pages show the same ones again and again.
decimal = lru_cache(maxsize=4_096)(format_decimal)
_date = lru_cache(maxsize=4_096)(format_date)
_currency = lru_cache(maxsize=4_096)(format_currency)
_locale = lru_cache(maxsize=512)(Locale.parse)


def number(request: Any, value: float | Decimal) -> str:
    return decimal(value, locale=request.locale_name)


def average(request: Any, value: float) -> str:
    """Return a mean rating with its one decimal, as the rounding rule leaves it: "4.0"."""
    return decimal(value, "0.0", locale=request.locale_name)


def date(request: Any, value: datetime) -> str:
    return _date(value.date(), format="long", locale=request.locale_name)


@pass_context
def gettext(context: Any, message: str, **values: Any) -> Markup:
    """Return a message of a template in the reader's language, `%(name)s` replaced by the values.

    Jinja's own looks up the translation each time, and searches it for values that it lacks.
    """
    # Asking the context itself would look in all places where a template can set a name.
    localizer = context.parent["request"].localizer
    if not values:
        return _plain(localizer, message)
    return _filled(_message(localizer, message), values)


@pass_context
def ngettext(context: Any, singular: str, plural: str, num: int, /, **values: Any) -> Markup:
    """Return what `gettext` does of the form that fits the number, `num` among the values."""
    message = _numbered(context.parent["request"].localizer, singular, plural, num)
    return _filled(message, {"num": num, **values})


# Not what is derived of them: its text may be anything.
NUMBERS = {int, bool, float, Decimal}


def _filled(message: str, values: dict[str, Any]) -> Markup:
    """Return a message with its values; a number stays one, for `%(n)d` and `%(n).1f`.

    By `%` of Markup itself each value is wrapped first, for all that a format may ask of it.
    """
    safe = {name: one if type(one) in NUMBERS else escape(one) for name, one in values.items()}
    return Markup(message % safe)  # noqa: S704 - escaped, and templates have the message


@lru_cache(maxsize=2_048)
def _message(localizer: Any, message: str) -> str:
    return str(localizer.translate(message, domain=DOMAIN))


@lru_cache(maxsize=2_048)
def _numbered(localizer: Any, singular: str, plural: str, num: int) -> str:
    return str(localizer.pluralize(singular, plural, num, domain=DOMAIN))


@lru_cache(maxsize=2_048)
def _plain(localizer: Any, message: str) -> Markup:
    return _filled(_message(localizer, message), {})


def moment(request: Any, value: datetime) -> str:
    """Return day and minute, in UTC as the shop keeps them."""
    return format_datetime(value, format="medium", locale=request.locale_name)


def money(request: Any, value: MoneyOut) -> str:
    """Return `{"amount": "19.90", "currency": "EUR"}` as people write it, or "Free" for zero."""
    amount, currency = Decimal(value["amount"]), value["currency"]
    if not amount:
        return translate(request, _("Free"))
    return _currency(amount, currency, locale=request.locale_name)


def duration(request: Any, minutes: int) -> str:
    """Return 95 as "1 h 35 min"."""
    return _duration(request.localizer, minutes)


@lru_cache(maxsize=4_096)
def _duration(localizer: Any, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = {"hours": decimal(hours, locale=localizer.locale_name), "minutes": rest}
    message = _("${hours} h ${minutes} min", mapping=parts)
    if not hours:
        message = _("${minutes} min", mapping=parts)
    elif not rest:
        message = _("${hours} h", mapping=parts)
    return str(localizer.translate(message))


def language(request: Any, tag: str) -> str:
    """Return the name of the language "de" in the reader's own: "German"."""
    return _language(tag, request.locale_name)


@lru_cache(maxsize=4_096)
def _language(tag: str, locale_name: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(locale_name) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def direction(request: Any) -> str:
    """Return "ltr" or "rtl", as the reader's language is written."""
    return _locale(request.locale_name).text_direction


def level(request: Any, value: str) -> str:
    return translate(request, LEVELS[value])


def status(request: Any, value: str) -> str:
    return translate(request, STATUSES[value])


def languages(request: Any, chosen: str) -> list[tuple[str, str]]:
    """Return tags and names of the languages to choose from, by name; the chosen one with them."""
    names = _languages(request.locale_name)
    known = dict(names)
    return names if chosen in known else [(chosen, language(request, chosen)), *names]


@cache
def _languages(locale_name: str) -> list[tuple[str, str]]:
    names = Locale.parse(locale_name).languages.items()
    # Those of two letters are spoken today; the others are for what is not in the list.
    return sorted(((tag, name) for tag, name in names if len(tag) == 2), key=lambda one: one[1])


def role(request: Any, value: str) -> str:
    return translate(request, ROLES[value])


def visibility(request: Any, value: str) -> str:
    """Return who sees a wishlist."""
    return translate(request, VISIBILITIES[value])


def reason(request: Any, value: str) -> str:
    """Return for what a review was reported."""
    return translate(request, REASONS[value])


def outcome(request: Any, value: str) -> str:
    """Return what a moderator decided."""
    return translate(request, OUTCOMES[value])


def faults_at(request: Any, name: str) -> list[str]:
    """Return what is wrong with a field; of an entry of a list, which one it is: "2.1" in 2."""
    found = []
    for fault in request.faults:
        field, *rest = fault["field"].split(".")
        entry = ".".join(str(int(part) + 1) for part in rest if part.isdigit())
        if field == name:
            parts = {"entry": entry, "message": fault["message"]}
            numbered = translate(request, _("${entry}: ${message}", mapping=parts))
            found.append(numbered if entry else fault["message"])
    return found


def translated(request: Any, message: str) -> str:
    """Return a message that the shop has made, in the reader's language."""
    return translate(request, message)


def _filter(function: Any) -> Any:
    """Return `function(request, value)` as a filter, which finds the request by itself."""

    @pass_context
    def filtered(context: Any, value: Any) -> Any:
        return function(context.parent["request"], value)

    return filtered


FILTERS = {
    function.__name__: _filter(function)
    for function in (
        *(
            number,
            average,
            date,
            moment,
            money,
            duration,
            language,
            level,
            role,
            status,
            reason,
            outcome,
            visibility,
        ),
        faults_at,
        translated,
    )
}


def cover(course: Mapping[str, Any]) -> Markup:
    """Return the drawn cover of a course as it stands in a page's dict."""
    return Markup(draw_cover(course["title"], course["category"]["slug"]))  # noqa: S704 - drawn here


def avatar(name: str) -> Markup:
    """Return the drawn initials of somebody."""
    return Markup(draw_avatar(name))  # noqa: S704 - drawn here


# How pyramid_jinja2 makes the environment of the templates.
JINJA = {
    "jinja2.filters": {
        **FILTERS,
        "stars": stars,
        "cover": cover,
        "avatar": avatar,
        "direction": direction,
        "gettext": gettext,
        "ngettext": ngettext,
    },
    "jinja2.i18n.domain": DOMAIN,
    "jinja2.globals": {"_": gettext, "ngettext": ngettext},
    "jinja2.newstyle": "true",
    "jinja2.trim_blocks": "true",
    "jinja2.lstrip_blocks": "true",
    "jinja2.undefined": "strict",
}


def includeme(config: Any) -> None:
    config.set_locale_negotiator(negotiate_locale)
    config.add_translation_dirs("courseshop:locale")
