"""The outline of a course: the ids of its lessons, which a plugin may set."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from courseshop.schemas.course import LessonOut, SectionOut


def with_known_ids(sent: list[SectionOut], stored: list[SectionOut]) -> list[SectionOut]:
    """Return `sent`; lessons without an id get the id of the stored lesson with the same title.

    The titles of their sections must match, too. So ids survive an edit by a client that does not
    send them, such as the form. Lessons that share both titles get their ids in order.
    """
    taken = {lesson["id"] for _section, lesson in lessons(sent)}
    known: dict[tuple[str, str], list[int]] = defaultdict(list)
    for section, lesson in lessons(stored):
        if lesson["id"] is not None and lesson["id"] not in taken:
            known[section["title"], lesson["title"]].append(lesson["id"])
    found: list[SectionOut] = []
    for section in sent:
        title = section["title"]
        kept = [with_id(one, known[title, one["title"]]) for one in section["lessons"]]
        found.append({"title": title, "lessons": kept})
    return found


def with_id(lesson: LessonOut, known: list[int]) -> LessonOut:
    """Return a lesson; if it has no id, it takes the first of the `known` ones."""
    return {**lesson, "id": known.pop(0)} if lesson["id"] is None and known else lesson


def lessons(outline: Iterable[SectionOut]) -> Iterator[tuple[SectionOut, LessonOut]]:
    """Yield each lesson with its section."""
    for section in outline:
        for lesson in section["lessons"]:
            yield section, lesson
