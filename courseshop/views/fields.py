"""A course as the text fields of a form hold it; `schemas.writing` reads them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EMPTY: dict[str, Any] = {
    "title": "",
    "slug": "",
    "summary": "",
    "about": {"markdown": ""},
    "category": {"slug": ""},
    "level": "all",
    "language": "en",
    "duration_minutes": 0,
    "price": {"amount": "0.00"},
    "tags": [],
    "outcomes": [],
    "requirements": [],
    "audience": [],
    "outline": [],
}


def fields_of(course: Mapping[str, Any] | None) -> dict[str, str]:
    """Return each field's text, for a course as a page has it, or for a new one."""
    facts = course or EMPTY
    plain = ("title", "slug", "summary", "level", "language")
    lists = ("outcomes", "requirements", "audience")
    return {
        **{name: facts[name] for name in plain},
        **{name: "\n".join(facts[name]) for name in lists},
        "about": facts["about"]["markdown"],
        "category": facts["category"]["slug"],
        "duration_minutes": str(facts["duration_minutes"]),
        "price": facts["price"]["amount"],
        "tags": ", ".join(facts["tags"]),
        "outline": outline_text(facts["outline"]),
    }


def outline_text(outline: Sequence[Mapping[str, Any]]) -> str:
    """Return `# Section` lines, and below each its lessons as `Lesson | minutes`."""
    lines = []
    for section in outline:
        lines.append(f"# {section['title']}")
        lines += [lesson_line(lesson) for lesson in section["lessons"]]
    return "\n".join(lines)


def lesson_line(lesson: Mapping[str, Any]) -> str:
    mark = "\\" if lesson["title"].startswith(("#", "\\")) else ""
    return f"{mark}{lesson['title']} | {lesson['minutes']}"
