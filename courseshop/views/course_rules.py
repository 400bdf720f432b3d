"""The rules for the fields of a course, checked together with its schema."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from courseshop.database.request_session import reading_first
from courseshop.domain.errors import Conflict
from courseshop.domain.shop import shop_of
from courseshop.schemas.writing import CoursePatch
from courseshop.services import category, course, slug, status
from courseshop.services.course_fields import changes
from courseshop.services.words import need_letters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from courseshop.domain.errors import Rule
    from courseshop.framework.request import Request
    from courseshop.resources import Course, Courses
    from courseshop.schemas.course import Status


def rules_of_new(_place: Courses, request: Request, sent: Mapping[str, Any]) -> list[Rule]:
    return rules(request, sent, None)


def rules_of_edit(place: Course, request: Request, sent: Mapping[str, Any]) -> list[Rule]:
    return rules(request, sent, place)


def rules(request: Request, sent: Mapping[str, Any], place: Course | None) -> list[Rule]:
    """Return the rules for those fields of a course that were sent; None is a new course."""
    mover, comment = publishing_rules(request), sent.get("comment") or ""
    course_id = place.head.id if place else None
    old: Status = place.head.status if place else "draft"
    checks: dict[str, Callable[[Any], object]] = {
        "title": lambda title: check_title(place, title),
        "slug": lambda name: refuse_taken(request, name, course_id),
        "category": lambda one: find_category(request, one.slug),
        # null resets a course to a draft.
        "status": lambda new: status.refuse(mover, old, new or "draft", comment),
    }
    own: list[Rule] = [
        partial(check, sent[name])
        for name, check in checks.items()
        if name in sent and (name == "status" or sent[name] is not None)
    ]
    return [*own, partial(check_with_plugins, request, sent, place)]


def check_with_plugins(request: Request, sent: Mapping[str, Any], place: Course | None) -> None:
    """Raise what the checks of plugins refuse about the fields that would change."""
    facts = CoursePatch.model_construct(**sent).facts()
    checks = shop_of(request.registry).checks
    if not checks.concern("Course", facts):
        return
    with reading_first(request) as db:
        row = course.find(db, request.actor, place.head.slug) if place else None
        checks.run(db, "Course", row.id if row else None, changes(row, facts))


def check_title(place: Course | None, title: str) -> None:
    """Raise Conflict for a title without letters, unless the course has it already."""
    try:
        need_letters("title", title)
    except Conflict:
        if place is None or title != place.row.title:
            raise


def publishing_rules(request: Request) -> status.Rules:
    return status.Rules(request.actor, request.settings.publishing)


def refuse_taken(request: Request, name: str, course_id: int | None) -> None:
    with reading_first(request) as db:
        slug.refuse_taken(db, name, course_id)


def find_category(request: Request, name: str) -> int:
    """Return the id of a category. Raises Conflict if it does not exist."""
    with reading_first(request) as db:
        return category.id_of(db, name)
