"""The sections of a course page: the text, lists such as the requirements, and the outline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from courseshop.importing.page_text import BULLET, is_heading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

BEGIN, SHOW_MORE, END = "about course", {"show more", "show less"}, "student ratings & reviews"
# The fields that sections contain, by heading; "" for sections that the shop has no field for.
HEADINGS = {
    **dict.fromkeys((BEGIN, "about this course", "about the course"), "about"),
    **dict.fromkeys(
        ("what will you learn", "what you will learn", "what you'll learn", "learning outcomes"),
        "outcomes",
    ),
    **dict.fromkeys(("requirements", "prerequisites", "requirements/instructions"), "requirements"),
    **dict.fromkeys(
        ("audience", "target audience", "who this course is for", "who is this course for"),
        "audience",
    ),
    **dict.fromkeys(("course content", "curriculum", "course curriculum"), "outline"),
    **dict.fromkeys(("material includes", "materials included", "a course by"), ""),
}
LISTS = {"outcomes", "requirements", "audience"}
CLOCK = r"(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,3}):(?P<s>\d{2})"
WORDS = (
    r"(?:(?P<hours>\d{1,2}) ?h(?:ours?|rs?)?)? ?(?:(?P<minutes>\d{1,4}) ?m(?:in(?:ute)?s?)?\.?)?"
)
TIMED = re.compile(
    rf"(?P<title>.*?)(?:^|[\s(\[|\u2013\u2014:,-]+)(?:{CLOCK}|(?=\d){WORDS})[)\]]?$", re.IGNORECASE
)
COUNTED = re.compile(r"[\s(]*\d+ (?:lessons?|lectures?|topics?|videos?)\b.*$", re.IGNORECASE)


def plain(line: str) -> str:
    """Return a line as headings and menus are compared: without case, "?" and ":"."""
    return " ".join(line.replace("\u2019", "'").casefold().split()).rstrip("?:\uff1a ")


def sections(lines: list[str]) -> dict[str, list[str]]:
    """Return the lines of each section, by field.

    A list inside the text, above "Show More", ends with its bullets.
    """
    found: dict[str, list[str]] = {}
    current, in_text = "", False
    for at, line in enumerate(lines):
        name = plain(line)
        if name == END:
            break
        if name in SHOW_MORE:
            current, in_text = "", False
        elif name in HEADINGS:
            current = HEADINGS[name]
            in_text = in_text or current == "about"
        else:
            if in_text and current in LISTS and ends_list(found.get(current, []), lines, at):
                current = "about"
            found.setdefault(current, []).append(line)
    return found


def ends_list(before: list[str], lines: list[str], at: int) -> bool:
    """Return whether a line belongs to the text again, behind the list `before`."""
    line = lines[at]
    if not line.strip() or line[:1].isspace() or BULLET.match(line):
        return False
    return is_heading(lines, at) or any(BULLET.match(one) for one in before)


def items(lines: list[str]) -> list[str]:
    """Return the items of a list, with or without bullets; indented lines continue an item."""
    found: list[str] = []
    bulleted = any(BULLET.match(line) for line in lines)
    for line in filter(str.strip, lines):
        bullet = BULLET.match(line)
        if found and bulleted and not bullet:
            found[-1] += f" {line.strip()}"
        else:
            found.append(bullet["text"].strip() if bullet else line.strip())
    return found


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
    """Yield titles, with the minutes of lessons; a time may stand in the line below its lesson."""
    known = [line for line in lines if COUNTED.sub("", line.strip())]
    for at, line in enumerate(known):
        bullet = BULLET.match(line)
        text = bullet["text"] if bullet else line.strip()
        title, minutes = timed(COUNTED.sub("", text))
        below = timed(known[at + 1].strip()) if at + 1 < len(known) else ("-", None)
        if title and minutes is None and not below[0]:
            minutes = below[1]
        if title:
            yield title, 0 if minutes is None and bullet else minutes


def timed(text: str) -> tuple[str, int | None]:
    """Return a text without the time at its end, and the minutes, rounded up; None: no time."""
    found = TIMED.fullmatch(text)
    if not found:
        return text, None
    parts = {name: int(value or 0) for name, value in found.groupdict().items() if name != "title"}
    seconds = parts["h"] * 3600 + parts["m"] * 60 + parts["s"]
    return found["title"].strip(), parts["hours"] * 60 + parts["minutes"] - (-seconds // 60)
