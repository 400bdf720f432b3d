"""A course as the text fields of a form hold it; `schemas.writing` reads them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from courseshop.schemas.base import MoneyOut, TextOut
    from courseshop.schemas.course import CategoryRef, LessonOut, Level, SectionOut


class WrittenCourse(TypedDict):
    """What of a course stands in a form."""

    title: str
    slug: str
    summary: str
    about: TextOut
    category: CategoryRef
    level: Level
    language: str
    duration_minutes: int
    price: MoneyOut
    tags: list[str]
    outcomes: list[str]
    requirements: list[str]
    audience: list[str]
    outline: list[SectionOut]


EMPTY: WrittenCourse = {
    "title": "",
    "slug": "",
    "summary": "",
    "about": {"markdown": "", "html": ""},
    "category": {"slug": "", "title": "", "url": ""},
    "level": "all",
    "language": "en",
    "duration_minutes": 0,
    "price": {"amount": "0.00", "currency": ""},
    "tags": [],
    "outcomes": [],
    "requirements": [],
    "audience": [],
    "outline": [],
}


def fields_of(course: WrittenCourse | None) -> dict[str, str]:
    """Return each field's text, for a course as a page has it, or for a new one."""
    facts = course or EMPTY
    return {
        "title": facts["title"],
        "slug": facts["slug"],
        "summary": facts["summary"],
        "level": facts["level"],
        "language": facts["language"],
        "outcomes": "\n".join(facts["outcomes"]),
        "requirements": "\n".join(facts["requirements"]),
        "audience": "\n".join(facts["audience"]),
        "about": facts["about"]["markdown"],
        "category": facts["category"]["slug"],
        "duration_minutes": str(facts["duration_minutes"]),
        "price": facts["price"]["amount"],
        "tags": ", ".join(facts["tags"]),
        "outline": outline_text(facts["outline"]),
    }


def outline_text(outline: Sequence[SectionOut]) -> str:
    """Return `# Section` lines, and below each its lessons as `Lesson | minutes`."""
    lines = []
    for section in outline:
        lines.append(f"# {section['title']}")
        lines += [lesson_line(lesson) for lesson in section["lessons"]]
    return "\n".join(lines)


def lesson_line(lesson: LessonOut) -> str:
    mark = "\\" if lesson["title"].startswith(("#", "\\")) else ""
    return f"{mark}{lesson['title']} | {lesson['minutes']}"
