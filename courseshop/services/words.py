from __future__ import annotations

import unicodedata
from functools import lru_cache

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _


def need_letters(field: str, text: str) -> None:
    """Raise Conflict for a name or title that nobody could call, or find."""
    if not any(letter.isalnum() for letter in text):
        raise Conflict(field, "no_letters", _("Use at least one letter or number."))


def bare(text: str) -> str:
    """Return a text without case, accents and more than one blank: to sort by, and to compare."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())


@lru_cache(maxsize=8_192)
def tag_of(text: str) -> str:
    """Return what tags are compared by: at most 40 characters."""
    return bare(text)[:40]
