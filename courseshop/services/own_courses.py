"""The courses that a user teaches and is enrolled in, as the ACLs need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, literal, select

from courseshop.database.compiled import CompiledStatement
from courseshop.models import Enrolment, course_instructor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import OwnCourse

_TAUGHT = select(literal("teaches").label("relation"), course_instructor.c.course_id)
_ATTENDED = select(literal("enrolled_in"), Enrolment.course_id)
COURSES_OF: CompiledStatement[OwnCourse] = CompiledStatement(
    _TAUGHT.where(course_instructor.c.user_id == bindparam("user_id")).union_all(
        _ATTENDED.where(Enrolment.user_id == bindparam("user_id"))
    )
)


def courses_of(db: Session, user_id: int) -> dict[str, frozenset[int]]:
    """Return the ids of the courses that a user teaches and is enrolled in, in one query.

    The keys are "teaches" and "enrolled_in".
    """
    found: dict[str, set[int]] = {"teaches": set(), "enrolled_in": set()}
    for row in COURSES_OF.rows(db.connection(), user_id=user_id):
        found[row.relation].add(row.course_id)
    return {relation: frozenset(ids) for relation, ids in found.items()}
