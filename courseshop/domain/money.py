"""The decimal places of currencies, by ISO 4217.

Babel has different numbers, those of everyday usage (CLDR): for the Iranian rial, for example, no
decimal places instead of two.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from courseshop.domain.i18n import _

MOST_PLACES = 4
# ISO 4217, list one, "minor unit"; all other currencies have two places.
PLACES = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND",
         "VUV", "XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}  # fmt: skip
HINTS = {
    0: _("Enter an amount such as 1900, without decimal places."),
    2: _("Enter an amount such as 19.90, with at most two decimal places."),
    3: _("Enter an amount such as 19.900, with at most three decimal places."),
    4: _("Enter an amount such as 19.9000, with at most four decimal places."),
}


def places(currency: str) -> int:
    return PLACES.get(currency, 2)


def hint(currency: str) -> str:
    """Return a translatable message that says how to enter an amount in a currency."""
    return HINTS[places(currency)]


def pattern(currency: str) -> str:
    """Return the regular expression of an amount in a request."""
    fraction = rf"(?:\.[0-9]{{1,{places(currency)}}})?" if places(currency) else ""
    return rf"^(?:0|[1-9][0-9]{{0,7}}){fraction}$"


def shown_pattern(currency: str) -> str:
    """Return the regular expression of an amount in a response."""
    fraction = rf"\.[0-9]{{{places(currency)}}}" if places(currency) else ""
    return rf"^[0-9]+{fraction}$"


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-places(currency)), ROUND_HALF_UP)


def as_text(amount: Decimal, currency: str) -> str:
    """Return an amount with exactly the decimal places of its currency."""
    return str(rounded(amount, currency))
