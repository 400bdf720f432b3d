"""Marks strings for translation; `make messages` extracts them."""

from __future__ import annotations

from translationstring import TranslationStringFactory

DOMAIN = "courseshop"
_ = TranslationStringFactory(DOMAIN)


def ngettext(singular: str, plural: str) -> tuple[str, str]:
    """Mark a message that counts, to be translated by `translate_count`."""
    return singular, plural
