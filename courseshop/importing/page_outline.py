"""The outline of a course page: sections with lessons and their times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from courseshop.importing.page_text import BULLET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

CLOCK = r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,3}):(?P<s>\d{2})"


def amount(hours: str, minutes: str, seconds: str) -> str:
    """Return the pattern of a time in words, with these names of the units."""
    return (
        rf"(?=\d)(?:(?P<hours>\d{{1,3}}) ?(?:{hours})\b\.?)?[ ,]*"
        rf"(?:(?P<minutes>\d{{1,4}}) ?(?:{minutes})\b\.?)?[ ,]*"
        rf"(?:(?P<seconds>\d{{1,5}}) ?(?:{seconds})\b\.?)?"
    )


SHORT = amount("h|hrs?", "m|mins?", "s|secs?")
ANY = amount("h|hrs?|hours?", "m|mins?|minutes?", "s|secs?|seconds?")
# Between a title and its time.
SEPARATOR = r"(?:^|\s*[(\[|\u2013\u2014,·•-]\s*|:\s+|\s{2,}|\t)"
TIMES = [
    re.compile(rf"(?P<title>.*?){before}{time}\s*[)\]]?", re.IGNORECASE)
    for before, time in ((r"\s", CLOCK), (SEPARATOR, CLOCK), (SEPARATOR, ANY), (r"\s", SHORT))
]
# A time that is a part of the title: "Learn Git in 15 Minutes".
WITHIN = re.compile(rf".*\s{ANY}", re.IGNORECASE)
PREPOSITION = re.compile(r".*\b(?:a|an|at|by|every|for|in|of|the|to|under|until|within)")
COUNTED = re.compile(
    r"(?:^|\s*[(|\u2013\u2014:,·•-]\s*|\s{2,}|\t)\d{1,4} (?:lessons?|lectures?|topics?|videos?)"
    rf"(?:[\s|/·•,\u2013\u2014-]+(?:{CLOCK}|{ANY}))?\s*\)?$",
    re.IGNORECASE,
)
TOTAL = re.compile(
    rf"total(?: (?:duration|length|running time|time))? ?:? ?(?:{CLOCK}|{ANY})", re.IGNORECASE
)
# Lines that are longer are not lessons.
LONGEST = 300


def outline(lines: list[str]) -> list[JsonValue]:
    """Return sections with lessons: lines with a time or a bullet. Other lines are their titles."""
    found: list[JsonValue] = []
    lessons: list[JsonValue] = []
    for title, minutes in entries(lines):
        if minutes is None:
            lessons = []
            found.append({"title": title, "lessons": lessons})
        else:
            if not found:
                found.append({"title": "Lessons", "lessons": lessons})
            lessons.append({"title": title, "minutes": minutes})
    return found


def entries(lines: list[str]) -> Iterator[tuple[str, int | None]]:
    """Yield titles, with the minutes of lessons; a time may be in the line below its lesson."""
    known = [line for line in lines if uncounted(line.strip()) and not is_total(line)]
    for at, line in enumerate(known):
        bullet = BULLET.match(line)
        text = bullet["text"] if bullet else line.strip()
        title, minutes = timed(uncounted(text))
        below = timed(known[at + 1].strip()) if at + 1 < len(known) else ("-", None)
        if title and minutes is None and not below[0]:
            minutes = below[1]
        if title:
            yield title, 0 if minutes is None and bullet else minutes


def is_total(line: str) -> bool:
    return len(line) <= LONGEST and TOTAL.fullmatch(line.strip()) is not None


def uncounted(text: str) -> str:
    """Return the title of a section without the number of its lessons."""
    return COUNTED.sub("", text) if len(text) <= LONGEST else text


def timed(text: str) -> tuple[str, int | None]:
    """Return a text without the time at its end, and the minutes, rounded up; None: no time.

    A time that is part of the title is not the lesson's: the lesson has 0 minutes.
    """
    if len(text) > LONGEST:
        return text, None
    found = next(filter(None, (pattern.fullmatch(text) for pattern in TIMES)), None)
    if found and not PREPOSITION.fullmatch(found["title"].strip().lower()):
        return found["title"].strip(), minutes_of(found)
    return text, 0 if found or WITHIN.fullmatch(text) else None


def minutes_of(found: re.Match[str]) -> int:
    """Return the minutes of a time, rounded up."""
    parts = {name: int(value or 0) for name, value in found.groupdict().items() if name != "title"}
    hours, minutes, seconds = (
        parts.get(short, 0) + parts.get(long, 0)
        for short, long in (("h", "hours"), ("m", "minutes"), ("s", "seconds"))
    )
    return hours * 60 + minutes - (-seconds // 60)


def is_lesson(line: str) -> bool:
    """Return whether a line belongs to an outline, not to a text."""
    text = line.strip()
    return bool(BULLET.match(line)) or timed(text)[1] is not None or uncounted(text) != text
