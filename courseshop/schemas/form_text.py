"""Conversion between the text fields of a form and lists, outlines and amounts.

Lists have one entry per line, tags are separated by commas. Only forms are converted, not JSON:
pydantic tells them apart by `info.mode`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import JsonValue, ValidationInfo

from courseshop.domain.text import LINE_BREAK
from courseshop.schemas.base import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from courseshop.schemas.course import LessonOut, SectionOut

SECTION = re.compile(r"#+(?:\s+|(?=[^#\s]|$))(?P<title>.*)")
MINUTES = re.compile(r"\s*[0-9]{1,6}\s*")
COMMA_OR_LINE_BREAK = re.compile(rf",|{LINE_BREAK.pattern}")
# People of many countries write a decimal comma.
COMMA = re.compile(r"^([0-9]+),([0-9]*)$")


def is_form(info: ValidationInfo) -> bool:
    return info.mode == "python"


def split(value: JsonValue, separators: re.Pattern[str]) -> list[str]:
    """Return the entries of a text field, without the empty ones."""
    # A form has only texts.
    texts = value if isinstance(value, list) else [value]
    parts = (part.strip() for text in texts for part in separators.split(str(text)))
    return [part for part in parts if part]


def lines_of(value: JsonValue, info: ValidationInfo) -> JsonValue | list[str]:
    return split(value, LINE_BREAK) if is_form(info) else value


def tags_of(value: JsonValue, info: ValidationInfo) -> JsonValue | list[str]:
    return split(value, COMMA_OR_LINE_BREAK) if is_form(info) else value


def outline_of(value: JsonValue, info: ValidationInfo) -> JsonValue | list[SectionOut]:
    """Return the sections of a text field: `# Section` lines, each followed by its lessons.

    A lesson is `Lesson | 10`. A backslash escapes a title that starts with #. Raises
    PydanticCustomError if the text starts with a lesson.
    """
    if not is_form(info):
        return value
    sections: list[SectionOut] = []
    for line in split(value, LINE_BREAK):
        heading = SECTION.fullmatch(line)
        if heading:
            sections.append({"title": heading["title"], "lessons": []})
        elif sections:
            sections[-1]["lessons"].append(lesson_of(line))
        else:
            raise invalid("outline_section")
    return sections


def lesson_of(line: str) -> LessonOut:
    title, bar, minutes = line.removeprefix("\\").rpartition("|")
    if bar and MINUTES.fullmatch(minutes):
        return {"id": None, "title": title.strip(), "minutes": int(minutes)}
    return {"id": None, "title": line.removeprefix("\\"), "minutes": 0}


def outline_text(outline: Sequence[SectionOut]) -> str:
    """Return the text that `outline_of` reads."""
    lines = []
    for section in outline:
        lines.append(f"# {section['title']}")
        lines += [lesson_line(lesson) for lesson in section["lessons"]]
    return "\n".join(lines)


def lesson_line(lesson: LessonOut) -> str:
    mark = "\\" if lesson["title"].startswith(("#", "\\")) else ""
    return f"{mark}{lesson['title']} | {lesson['minutes']}"


def one_line(value: JsonValue, info: ValidationInfo) -> JsonValue:
    """Return the lines of a textarea as one line."""
    joined = LINE_BREAK.sub(" ", value) if isinstance(value, str) else value
    return joined if is_form(info) else value


def wrapped(key: str) -> Callable[[JsonValue, ValidationInfo], JsonValue]:
    """Return a validator that turns a form's text into `{key: text}`."""

    def wrap(value: JsonValue, info: ValidationInfo) -> JsonValue:
        return {key: value} if is_form(info) and isinstance(value, str) else value

    return wrap


def amount_of(value: JsonValue, info: ValidationInfo) -> JsonValue:
    """Return an amount with a decimal point, whichever sign the form's text has."""
    if is_form(info) and isinstance(value, str):
        return COMMA.sub(r"\1.\2", value.strip())
    return value
