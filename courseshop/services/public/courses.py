"""Courses, for plugins: find one, and write its outline or price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from sqlalchemy import select

from courseshop.domain.shop import shop_of
from courseshop.models import Course
from courseshop.schemas.course import Outline, Price, SectionDraft
from courseshop.services import course

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from courseshop.models.rows import CourseRow
    from courseshop.schemas.course import SectionOut

OUTLINE: TypeAdapter[list[SectionDraft]] = TypeAdapter(Outline)
PRICE: TypeAdapter[Decimal] = TypeAdapter(Price)


def find(db: Session, name: int | str) -> CourseRow | None:
    """Return the course with this id or slug, whatever its status; None if there is none."""
    if isinstance(name, int):
        return course.find_by_id(db, name)
    return course.find_written(db, name)


def write_outline(db: Session, course_id: int, outline: Sequence[SectionOut]) -> bool:
    """Store an outline, with the ids of its lessons; return whether it differs from the old one.

    A change is an edit: the version of the course moves. Raises ValueError if the outline is not
    valid, and LookupError if there is no such course.
    """
    valid = OUTLINE.dump_python(OUTLINE.validate_python(outline))
    row = locked(db, course_id)
    return course.store(db, row, {"outline": valid} if valid != row.outline else {})


def set_price(db: Session, course_id: int, price: Decimal) -> bool:
    """Store a price in the shop's currency; return whether it differs from the old one.

    A change is an edit, and those who wish for the course are told. Raises ValueError if the price
    is not valid in the currency, and LookupError if there is no such course.
    """
    currency = shop_of(db.info["registry"]).settings.currency
    valid = PRICE.validate_python(price, context={"currency": currency})
    row = locked(db, course_id)
    return course.store(db, row, {"price": valid} if valid != row.price else {})


def locked(db: Session, course_id: int) -> CourseRow:
    """Return a course, whose row stays locked until the transaction ends.

    Raises LookupError if there is none.
    """
    db.execute(select(Course.id).where(Course.id == course_id).with_for_update())
    row = course.find_by_id(db, course_id)
    if row is None:
        raise LookupError(f"there is no course {course_id}")
    return row
