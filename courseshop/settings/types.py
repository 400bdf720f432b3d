"""The types of the settings: validation, and the error message for an invalid value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import limits
from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency
from pydantic import BeforeValidator, Field, PlainSerializer
from pyramid.settings import aslist

from courseshop.domain.text import is_line

Value = TypeVar("Value")


def _locale(tag: str) -> str:
    try:
        Locale.parse(tag)
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"{tag!r} is not a locale such as en or pt_BR") from error
    return tag


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError(f"{code!r} is not a currency such as EUR")
    return code


def _host(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", name):
        raise ValueError(f"{name!r} is not a host name (without scheme, port and commas)")
    return name.lower()


Hosts = Annotated[
    tuple[Annotated[str, BeforeValidator(_host)], ...],
    BeforeValidator(lambda value: tuple(aslist(value))),
]
Holds = Annotated[
    tuple[Literal["all", "new", "links"], ...],
    BeforeValidator(lambda value: tuple(aslist(value))),
]
Locales = Annotated[
    tuple[Annotated[str, BeforeValidator(_locale)], ...],
    BeforeValidator(lambda value: tuple(aslist(value))),
    Field(min_length=1),
]


def _limit(value: Value) -> Value | limits.RateLimitItem:
    """Parse a limit such as "10 per 5 minutes" with the library `limits`."""
    try:
        return limits.parse(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{value!r} is not a limit such as 10 per 5 minutes") from None


def _limit_or_none(value: Value) -> Value | limits.RateLimitItem | None:
    return None if value == "" else _limit(value)


Limit = Annotated[limits.RateLimitItem, BeforeValidator(_limit), PlainSerializer(str)]
LimitOrNone = Annotated[
    limits.RateLimitItem | None, BeforeValidator(_limit_or_none), PlainSerializer(str)
]


def _line(value: str) -> str:
    if not is_line(value):
        raise ValueError("contains a line break, or a control or direction character")
    return value


Words = Annotated[str, BeforeValidator(_line), Field(min_length=1)]


def _url(value: str) -> str:
    if value and not re.fullmatch(
        r"https?://[A-Za-z0-9._-]+(?::[0-9]{1,5})?(?:/[\w./~-]*)?", value
    ):
        raise ValueError(f"{value!r} is not a URL such as https://shop.example")
    return value.rstrip("/")


def _mail_server(value: str) -> str:
    if value != "console" and not re.fullmatch(
        r"(?:smtp|smtp\+starttls|smtps)://(?:[^@/\s]+@)?[^@/\s:]+(?::[0-9]{1,5})?", value
    ):
        raise ValueError(
            "expected console, smtp://host:25, smtp+starttls://name:password@host or smtps://…"
        )
    return value


SENDER = re.compile(r"[^@<>]*<[^@<>\s]+@[^@<>\s]+>|[^@<>\s]+@[^@<>\s]+")


def _sender(value: str) -> str:
    if not is_line(value) or not SENDER.fullmatch(value):
        raise ValueError(f"{value!r} is not a sender such as Evening School <shop@example.org>")
    return value


def _throttles(value: str) -> str:
    if value not in {"memory", "database"} and not value.startswith(("redis://", "rediss://")):
        raise ValueError("expected memory, database or redis://host:6379")
    return value


LOGO_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def _logo(path: str) -> str:
    if path and not (Path(path).suffix.lower() in LOGO_TYPES and Path(path).is_file()):
        raise ValueError(f"there is no SVG or PNG file {path!r}")
    return path


Logo = Annotated[str, BeforeValidator(_logo)]
Currency = Annotated[str, BeforeValidator(_currency)]
Url = Annotated[str, BeforeValidator(_url)]
MailServer = Annotated[str, BeforeValidator(_mail_server)]
Sender = Annotated[str, BeforeValidator(_sender)]
Throttles = Annotated[str, BeforeValidator(_throttles)]
