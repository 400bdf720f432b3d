"""The rules for the fields of a course, checked together with its schema."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from courseshop.database.request_session import reading_first
from courseshop.services import category, slug, status
from courseshop.services.words import need_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from courseshop.domain.errors import Rule
    from courseshop.framework.request import Request
    from courseshop.resources import Course, Courses
    from courseshop.schemas.course import Status


def rules_of_new(_place: Courses, request: Request, sent: Mapping[str, Any]) -> list[Rule]:
    return rules(request, sent, None, "draft")


def rules_of_edit(place: Course, request: Request, sent: Mapping[str, Any]) -> list[Rule]:
    return rules(request, sent, place.head.id, place.head.status)


def rules(
    request: Request, sent: Mapping[str, Any], course_id: int | None, old: Status
) -> list[Rule]:
    """Return the rules for those fields of a course that were sent."""
    mover, comment = publishing_rules(request), sent.get("comment", "")
    checks: dict[str, Callable[[Any], object]] = {
        "title": partial(need_letters, "title"),
        "slug": lambda name: refuse_taken(request, name, course_id),
        "category": lambda one: find_category(request, one.slug),
        # null resets a course to a draft.
        "status": lambda new: status.refuse(mover, old, new or "draft", comment),
    }
    return [
        partial(check, sent[name])
        for name, check in checks.items()
        if name in sent and (name == "status" or sent[name] is not None)
    ]


def publishing_rules(request: Request) -> status.Rules:
    return status.Rules(request.actor, request.settings.publishing)


def refuse_taken(request: Request, name: str, course_id: int | None) -> None:
    with reading_first(request) as db:
        slug.refuse_taken(db, name, course_id)


def find_category(request: Request, name: str) -> int:
    """Return the id of a category. Raises Conflict if it does not exist."""
    with reading_first(request) as db:
        return category.id_of(db, name)
