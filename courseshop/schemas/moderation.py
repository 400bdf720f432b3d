from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from courseshop.schemas import PageLinks
from courseshop.schemas.course import Count, CourseSummary


class TaskOut(TypedDict):
    """Something that waits for a moderator, and where it is decided."""

    kind: Literal["course"]
    course: CourseSummary
    links: dict[str, str]


class ModerationOut(TypedDict):
    items: list[TaskOut]
    total: Count
    total_exact: bool
    links: PageLinks
