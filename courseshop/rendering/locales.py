"""Which of the shop's locales a request gets, and messages in it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from babel import Locale
from pyramid.i18n import get_localizer

if TYPE_CHECKING:
    from collections.abc import Mapping


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


_locale = lru_cache(maxsize=512)(Locale.parse)


def direction(request: Any) -> str:
    """Return "ltr" or "rtl", as the reader's language is written."""
    return _locale(request.locale_name).text_direction


def includeme(config: Any) -> None:
    config.set_locale_negotiator(negotiate_locale)
    config.add_translation_dirs("courseshop:locale")
