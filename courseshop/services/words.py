from __future__ import annotations

import unicodedata
from functools import lru_cache

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.domain.text import is_blank


def need_letters(field: str, text: str) -> None:
    """Raise Conflict for a name or title without letters or digits: nobody could search for it."""
    # Hangul fillers are letters that show nothing.
    if not any(letter.isalnum() and not is_blank(letter) for letter in text):
        raise Conflict(field, "no_letters", _("Use at least one letter or number."))


def bare(text: str) -> str:
    """Return a text for sorting and comparing: without case and accents, with single spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())


@lru_cache(maxsize=8_192)
def tag_of(text: str) -> str:
    """Return the normalized form of a tag for comparing: at most 40 characters."""
    return bare(text)[:40]
