"""Numbers, dates, money and language names, formatted for the user's locale."""

from __future__ import annotations

import math
from copy import copy
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_decimal
from babel.units import format_unit

from courseshop.domain.clock import now
from courseshop.domain.i18n import _
from courseshop.domain.money import places
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from datetime import datetime

    from pyramid.i18n import Localizer

    from courseshop.framework.request import Request
    from courseshop.schemas.base import MoneyOut

# A longer wait is rounded to hours.
LONGEST_MINUTES = 90
MEGABYTE = 1_000_000
# Babel looks up the locale for every call, and pages often show the same values.
decimal = lru_cache(maxsize=4_096)(format_decimal)
_date = lru_cache(maxsize=4_096)(format_date)


@lru_cache(maxsize=4_096)
def _currency(amount: Decimal, currency: str, locale: str) -> str:
    """Return an amount with the places of ISO 4217; Babel's own are fewer for some currencies."""
    parsed = Locale.parse(locale)
    pattern = copy(parsed.currency_formats["standard"])
    pattern.frac_prec = (places(currency), places(currency))
    return str(pattern.apply(amount, parsed, currency=currency, currency_digits=False))


def number(request: Request, value: float | Decimal) -> str:
    return decimal(value, locale=request.locale_name)


def average(request: Request, value: float) -> str:
    """Return an average rating, which is already rounded, with one decimal: "4.0"."""
    return decimal(value, "0.0", locale=request.locale_name)


def byte_size(request: Request, value: int) -> str:
    """Return a number of bytes in kB, or in MB from a million on: "173 kB", "8.4 MB"."""
    locale = request.locale_name
    if value < MEGABYTE:
        return format_unit(round(value / 1_000), "digital-kilobyte", "short", locale=locale)
    return format_unit(round(value / MEGABYTE, 1), "digital-megabyte", "short", locale=locale)


def date(request: Request, value: datetime) -> str:
    return _date(value.date(), format="long", locale=request.locale_name)


def moment(request: Request, value: datetime) -> str:
    """Return date and time without seconds, in UTC, the time zone that the shop stores."""
    locale = request.locale_name
    day = format_date(value, format="medium", locale=locale)
    time = format_time(value, format="short", locale=locale)
    # Words in a pattern are quoted (UTS #35, part 4), as in Corsican.
    pattern = str(get_datetime_format("medium", locale=locale)).replace("'", "")
    # Few fonts have the narrow space before AM and PM.
    return pattern.format(time, day).replace("\u202f", " ")


def money(request: Request, value: MoneyOut) -> str:
    """Return `{"amount": "19.90", "currency": "EUR"}` as "€19.90", or "Free" for zero."""
    amount, currency = Decimal(value["amount"]), value["currency"]
    if not amount:
        return translate(request, _("Free"))
    return _currency(amount, currency, request.locale_name)


def duration(request: Request, minutes: int) -> str:
    """Return a number of minutes as hours and minutes: 95 as "1 h 35 min"."""
    return _duration(request.localizer, minutes)


@lru_cache(maxsize=4_096)
def _duration(localizer: Localizer, minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = {"hours": decimal(hours, locale=localizer.locale_name), "minutes": rest}
    message = _("${hours} h ${minutes} min", mapping=parts)
    if not hours:
        message = _("${minutes} min", mapping=parts)
    elif not rest:
        message = _("${hours} h", mapping=parts)
    return localizer.translate(message)


def try_again(request: Request, at: datetime) -> str:
    """Return the sentence that says when to try again, with the date unless it is today."""
    moment = now()
    minutes = max(1, math.ceil((at - moment).total_seconds() / 60))
    wait = duration(request, minutes if minutes <= LONGEST_MINUTES else round(minutes / 60) * 60)
    parts = {"wait": wait, "time": f"{at:%H:%M}", "date": date(request, at)}
    message = _("Please try again in ${wait} (${date} at ${time} UTC).")
    if at.date() == moment.date():
        message = _("Please try again in ${wait} (at ${time} UTC).")
    return translate(request, message, parts)


def language(request: Request, tag: str) -> str:
    """Return the name of a language in the user's own language: "de" as "German"."""
    return _language(tag, request.locale_name)


@lru_cache(maxsize=4_096)
def _language(tag: str, locale_name: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(locale_name) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def languages(request: Request, chosen: str) -> list[tuple[str, str]]:
    """Return pairs of tag and name for a select field, sorted by name.

    If `chosen` is not among them, it comes first.
    """
    names = _languages(request.locale_name)
    known = dict(names)
    return names if chosen in known else [(chosen, language(request, chosen)), *names]


@cache
def _languages(locale_name: str) -> list[tuple[str, str]]:
    names = Locale.parse(locale_name).languages.items()
    # Two-letter tags cover the languages spoken today; a course may still have a longer tag.
    return sorted(((tag, name) for tag, name in names if len(tag) == 2), key=lambda one: one[1])
