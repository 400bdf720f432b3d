"""Locale negotiation, and translation of messages."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale
from pyramid.i18n import get_localizer

from courseshop.domain.i18n import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request


def negotiate_locale(request: Request) -> str:
    """Return the shop's locale that best matches `Accept-Language`, by default the first one."""
    offered = request.settings.locales
    if len(offered) == 1:
        return offered[0]
    tags = {tag.replace("_", "-"): tag for tag in offered}
    best = request.accept_language.lookup(tuple(tags), default=next(iter(tags)))
    return tags[best] if best else offered[0]


def translate(
    request: Request, message: str, mapping: Mapping[str, str | float] | None = None
) -> str:
    return get_localizer(request).translate(message, mapping=mapping)


def translate_count(request: Request, message: tuple[str, str], number: int) -> str:
    """Return the form of an `ngettext` message that fits the number, which is its `${num}`."""
    mapping = {"num": number}
    return get_localizer(request).pluralize(*message, number, DOMAIN, mapping)


_locale = lru_cache(maxsize=512)(Locale.parse)


def direction(request: Request) -> str:
    """Return the text direction of the user's locale, "ltr" or "rtl"."""
    return _locale(request.locale_name).text_direction


def includeme(config: Configurator) -> None:
    config.set_locale_negotiator(negotiate_locale)
    config.add_translation_dirs("courseshop:locale")
