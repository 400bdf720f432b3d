"""How many decimal places an amount of a currency has, by ISO 4217.

Not by Babel, whose numbers follow everyday usage (CLDR): for the Iranian rial it says none, for
example, and ISO 4217 two.
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
    """Return what to enter as an amount of a currency, as a translatable message."""
    return HINTS[places(currency)]


def pattern(currency: str) -> str:
    """Return the regular expression of an amount that people and programs may send."""
    fraction = rf"(?:\.[0-9]{{1,{places(currency)}}})?" if places(currency) else ""
    return rf"^(?:0|[1-9][0-9]{{0,7}}){fraction}$"


def shown_pattern(currency: str) -> str:
    """Return the regular expression of an amount in a response."""
    fraction = rf"\.[0-9]{{{places(currency)}}}" if places(currency) else ""
    return rf"^[0-9]+{fraction}$"


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-places(currency)), ROUND_HALF_UP)


def as_text(amount: Decimal, currency: str) -> str:
    """Return an amount with exactly the places of its currency."""
    return str(rounded(amount, currency))
