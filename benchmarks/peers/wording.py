"""How the page says numbers, times and languages: in English alone, without a look-up of a locale.

That is less than our page does, and in the favour of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

LEVELS = {
    "all": "All levels",
    "beginner": "Beginner",
    "intermediate": "Intermediate",
    "advanced": "Advanced",
}
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "de": "German",
    "fr": "French",
    "pt-BR": "Portuguese (Brazil)",
    "ja": "Japanese",
    "hi": "Hindi",
    "ar": "Arabic",
}
NETWORKS = {
    "facebook": "Facebook",
    "x": "X",
    "linkedin": "LinkedIn",
    "whatsapp": "WhatsApp",
    "telegram": "Telegram",
    "bluesky": "Bluesky",
    "reddit": "Reddit",
}


def money(cents: int) -> str:
    return f"${cents / 100:,.2f}" if cents else "Free"


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"] if rest or not hours else parts)


def date(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"


def level(name: str) -> str:
    return LEVELS[name]


def language(tag: str) -> str:
    return LANGUAGES.get(tag, tag)


def number(value: int) -> str:
    return f"{value:,}"


def average(total: int, count: int) -> float | None:
    """Return the mean by our rounding rule: half up, to one decimal."""
    return (20 * total + count) // (2 * count) / 10 if count else None


def stars(mean: float) -> float:
    return (2 * round(mean * 10) + 5) // 10 / 2


def whole(value: float) -> str:
    """Return 4.0 as "4" and 4.2 as it is."""
    return f"{value:g}"


FILTERS = {
    function.__name__: function
    for function in (money, duration, date, level, language, number, stars, whole)
}


def reasons(mine: list[str], tags: list[str], *, wished: bool, same_category: bool) -> list[str]:
    """Return why a course goes with another one, by the tags of both."""
    theirs = {tag.casefold() for tag in tags}
    common = [tag for tag in mine if tag.casefold() in theirs][:3]
    return [
        *(["Often saved together"] if wished else []),
        *([f"Also about: {', '.join(common)}"] if common else []),
        *(["Same category"] if same_category else []),
    ]
