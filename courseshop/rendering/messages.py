"""gettext and ngettext for templates: messages are translated, and their values escaped once."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import pass_context
from markupsafe import Markup, escape

from courseshop.domain.i18n import DOMAIN
from courseshop.rendering.formats import decimal

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from pyramid.i18n import Localizer

    # A value that a template may insert into a message.
    Value = str | float | Decimal


@pass_context
def gettext(context: Context, message: str, **values: Value) -> Markup:
    """Return a message in the user's language, with `values` in place of `%(name)s`.

    Unlike Jinja's own gettext, this one caches translations.
    """
    # `context["request"]` would also search all names that the template sets.
    localizer = context.parent["request"].localizer
    if not values:
        return _plain(localizer, message)
    return _filled(_message(localizer, message), values)


@pass_context
def ngettext(context: Context, singular: str, plural: str, num: int, /, **values: Value) -> Markup:
    """Return the message in the plural form for `num`, like `gettext`; `num` is a value, too."""
    localizer = context.parent["request"].localizer
    message = _numbered(localizer, singular, plural, num)
    return _filled(message, {"num": decimal(num, locale=localizer.locale_name), **values})


# Types that need no escaping. Subclasses are escaped, because their text may be anything.
NUMBERS = {int, bool, float, Decimal}


def _filled(message: str, values: dict[str, Value]) -> Markup:
    """Return a message with escaped values; numbers stay numbers, for `%(n)d` and `%(n).1f`.

    `Markup.__mod__` would be slower, because it wraps every value.
    """
    safe = {name: one if type(one) in NUMBERS else escape(one) for name, one in values.items()}
    return Markup(message % safe)  # noqa: S704 - escaped; the message is from a template


@lru_cache(maxsize=2_048)
def _message(localizer: Localizer, message: str) -> str:
    return localizer.translate(message, domain=DOMAIN)


@lru_cache(maxsize=2_048)
def _numbered(localizer: Localizer, singular: str, plural: str, num: int) -> str:
    return localizer.pluralize(singular, plural, num, domain=DOMAIN)


@lru_cache(maxsize=2_048)
def _plain(localizer: Localizer, message: str) -> Markup:
    return _filled(_message(localizer, message), {})
