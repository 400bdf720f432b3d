"""Hints for files of other systems: the shop's name for a field or a value."""

from __future__ import annotations

import difflib
import re
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale
from slugify import slugify

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    "status": "draft state visible visibility hidden private unlisted unpublished ready",
    "subtitle": "tagline subheading",
    "summary": "description abstract excerpt short_description intro synopsis",
    "tags": "keywords tag labels",
    "title": "name headline course_title heading",
}
# The same for the entries of lists.
LESSON = {
    "minutes": "duration duration_minutes length time estimated_time",
    "title": "name headline heading label",
}
SECTION = {
    "lessons": "lectures units topics items children steps",
    "title": "name headline heading label",
}
REVIEW = {
    "at": "date time published created created_at",
    "by": "author user username name reviewer",
    "rating": "stars score",
    "text": "body content comment review description",
}
PARTS: dict[tuple[str, ...], dict[str, str]] = {
    ("outline",): SECTION,
    ("outline", "lessons"): LESSON,
    ("reviews",): REVIEW,
}
IN_WORDS = {"duration_minutes": "duration_minutes, in whole minutes"}
LEVELS: dict[str, tuple[str, ...]] = {
    "all": ("all levels", "for all levels", "any", "any level", "everyone"),
    "beginner": ("beginners", "basic", "introductory", "novice", "easy", "elementary"),
    "intermediate": ("medium", "moderate"),
    "advanced": ("expert", "experts", "hard"),
}
STATUSES: dict[str, tuple[str, ...]] = {
    "draft": ("private", "hidden", "unpublished", "in progress"),
    "submitted": ("waiting for a moderator", "pending", "in review", "review"),
    "published": ("public", "live", "active", "visible"),
    "archived": ("retired", "closed", "inactive", "old"),
}
OTHER_VALUES = {"level": LEVELS, "status": STATUSES}
# Longer names of fields are not compared with known ones.
LONGEST = 60


def field_for(name: str, around: Sequence[str] = ()) -> str | None:
    """Return the probable name of an unknown field; in words, if its values differ, too.

    `around` are the names of the fields that it is in.
    """
    names = PARTS.get(tuple(around), {}) if around else NAMES
    if len(name) > LONGEST:
        return None
    plain = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()).strip("_")
    others = {other: field for field, known in names.items() for other in known.split()}
    known = {**others, **{field: field for field in names}}
    near = [plain] if plain in known else difflib.get_close_matches(plain, known, 1, 0.8)
    return IN_WORDS.get(known[near[0]], known[near[0]]) if near else None


def value_for(field: str, sent: JsonValue, choices: Sequence[str] = ()) -> str | None:
    """Return the valid value that the author of a file probably means, None if unknown.

    `choices` are the valid values, if the field has only a few.
    """
    if not isinstance(sent, str):
        return None
    plain = sent.strip().casefold()
    if field == "language":
        return language_for(plain, sent.strip())
    if field == "slug":
        return slugify(sent, max_length=80) or None
    words = re.sub(r"[\W_]+", " ", plain).strip()
    named = OTHER_VALUES.get(field, {})
    plain = next((name for name, others in named.items() if words in others), plain)
    return plain if plain in choices else None


def language_for(plain: str, sent: str) -> str | None:
    """Return the language tag for another spelling of it, or for an English name."""
    primary, *rest = re.split("[_-]", sent)
    if re.fullmatch("[A-Za-z]{2,3}", primary) and all(one.isalnum() for one in rest):
        return "-".join([primary.lower(), *rest])
    return language_names().get(plain)


@cache
def language_names() -> dict[str, str]:
    return {name.casefold(): tag for tag, name in Locale("en").languages.items() if "_" not in tag}
