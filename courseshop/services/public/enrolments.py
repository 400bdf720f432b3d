"""Enrolments, for plugins: make any user a student of any course, or end that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.services import enrolment, user
from courseshop.services.public.courses import locked

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def grant(db: Session, course_id: int, user_id: int, reason: str) -> bool:
    """Enrol a user in a course; return False if they are enrolled already.

    The policies for users who enrol themselves do not apply: the course may be paid, or not
    published. `reason` is a short word for the event, such as "order". Raises LookupError if there
    is no such course or user.
    """
    locked(db, course_id)
    if enrolment.since(db, course_id, user_id) is not None:
        return False
    if user.find_by_id(db, user_id) is None:
        raise LookupError(f"there is no user {user_id}")
    return enrolment.add(db, course_id, user_id, reason=reason)


def revoke(db: Session, course_id: int, user_id: int, reason: str) -> bool:
    """Remove a user's enrolment in a course; return False if there is none.

    `reason` is a short word for the event, such as "refund".
    """
    return enrolment.remove(db, course_id, user_id, reason)
