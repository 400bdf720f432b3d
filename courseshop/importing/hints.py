"""Hints for files of other systems: the shop's name for a field or a value."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale
from slugify import slugify

if TYPE_CHECKING:
    from pydantic import JsonValue

# Fields of other systems, by the field of the shop that is closest in meaning.
NAMES = {
    "about": "body content text long_description",
    "audience": "target_audience who_is_it_for",
    "category": "categories topic subject taxonomy",
    "duration_minutes": "duration length time teaching minutes estimated_time hours",
    "id": "uid course_id identifier",
    "instructors": "instructor author authors teacher teachers lecturer by",
    "language": "lang locale languages",
    "level": "difficulty levels skill_level",
    "outcomes": "objectives learning_objectives learning_outcomes goals skills",
    "outline": "schedule modules lessons units syllabus curriculum toc sections chapters",
    "price": "cost fee amount",
    "published": "date publish_date published_at publishdate pubdate created",
    "requirements": "prerequisites prerequisite prereqs requires",
    "slug": "permalink url handle path",
    "status": "draft state visible",
    "subtitle": "tagline subheading",
    "summary": "description abstract excerpt short_description intro synopsis",
    "tags": "keywords tag labels",
    "title": "name headline course_title heading",
}
FIELDS = {other: field for field, others in NAMES.items() for other in others.split()}
IN_WORDS = {"duration_minutes": "duration_minutes, in whole minutes"}
LEVELS = {
    "all": ("all levels", "any", "any level", "everyone"),
    "beginner": ("beginners", "basic", "introductory", "novice", "easy", "elementary"),
    "intermediate": ("medium", "moderate"),
    "advanced": ("expert", "experts", "hard"),
}


def field_for(name: str) -> str | None:
    """Return the probable name of an unknown field; in words, if its values differ, too."""
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()).strip("_")
    known = {**FIELDS, **dict.fromkeys(NAMES)}
    near = [plain] if plain in known else difflib.get_close_matches(plain, known, 1, 0.8)
    if not near:
        return None
    field = known[near[0]] or near[0]
    return IN_WORDS.get(field, field)


def value_for(field: str, sent: JsonValue, choices: str = "") -> str | None:
    """Return the valid value that the author of a file probably means, None if unknown.

    `choices` lists the valid values in pydantic's words, if the field has only a few.
    """
    if not isinstance(sent, str):
        return None
    plain = sent.strip().casefold()
    if field == "language":
        return language_for(plain, sent.strip())
    if field == "slug":
        return slugify(sent, max_length=80) or None
    if field == "level":
        words = re.sub(r"[\W_]+", " ", plain).strip()
        plain = next((name for name, others in LEVELS.items() if words in others), plain)
    return plain if plain in re.findall(r"\w+", choices) else None


def language_for(plain: str, sent: str) -> str | None:
    """Return the language tag for another spelling of it, or for an English name."""
    primary, *rest = re.split("[_-]", sent)
    if re.fullmatch("[A-Za-z]{2,3}", primary) and all(one.isalnum() for one in rest):
        return "-".join([primary.lower(), *rest])
    return language_names().get(plain)


@cache
def language_names() -> dict[str, str]:
    return {name.casefold(): tag for tag, name in Locale("en").languages.items() if "_" not in tag}
