"""Messages of templates: translated, with their values escaped once."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from jinja2 import pass_context
from markupsafe import Markup, escape

from courseshop.domain.i18n import DOMAIN

if TYPE_CHECKING:
    from jinja2.runtime import Context
    from pyramid.i18n import Localizer

    # What a template fills into a message.
    Value = str | float | Decimal


@pass_context
def gettext(context: Context, message: str, **values: Value) -> Markup:
    """Return a message of a template in the reader's language, `%(name)s` replaced by the values.

    Jinja's own looks up the translation each time, and searches it for values that it lacks.
    """
    # Asking the context itself would look in all places where a template can set a name.
    localizer = context.parent["request"].localizer
    if not values:
        return _plain(localizer, message)
    return _filled(_message(localizer, message), values)


@pass_context
def ngettext(context: Context, singular: str, plural: str, num: int, /, **values: Value) -> Markup:
    """Return what `gettext` does of the form that fits the number, `num` among the values."""
    message = _numbered(context.parent["request"].localizer, singular, plural, num)
    return _filled(message, {"num": num, **values})


# Not what is derived of them: its text may be anything.
NUMBERS = {int, bool, float, Decimal}


def _filled(message: str, values: dict[str, Value]) -> Markup:
    """Return a message with its values; a number stays one, for `%(n)d` and `%(n).1f`.

    By `%` of Markup itself each value is wrapped first, for all that a format may ask of it.
    """
    safe = {name: one if type(one) in NUMBERS else escape(one) for name, one in values.items()}
    return Markup(message % safe)  # noqa: S704 - escaped, and templates have the message


@lru_cache(maxsize=2_048)
def _message(localizer: Localizer, message: str) -> str:
    return localizer.translate(message, domain=DOMAIN)


@lru_cache(maxsize=2_048)
def _numbered(localizer: Localizer, singular: str, plural: str, num: int) -> str:
    return localizer.pluralize(singular, plural, num, domain=DOMAIN)


@lru_cache(maxsize=2_048)
def _plain(localizer: Localizer, message: str) -> Markup:
    return _filled(_message(localizer, message), {})
