"""The shop's rules for an imported course, checked before anything is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.errors import Refused
from courseshop.importing.faults import Fault, fault_of
from courseshop.services import slug, user
from courseshop.services.words import need_letters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request
    from courseshop.importing.course_file import CourseFile


def faults(request: Request, facts: CourseFile, reserved: frozenset[str]) -> Iterator[Fault]:
    """Yield the faults that only the shop's rules find in a file."""
    try:
        need_letters("title", facts.title)
        slug.check(facts.slug or "", reserved)
    except Refused as refused:
        yield fault_of(refused)
    if not any(map(str.isalnum, facts.category.title)):
        yield Fault("category", "has neither letters nor digits")
    currency = request.settings.currency
    if facts.currency not in {None, currency}:
        message = f"in {facts.currency}, but the shop's currency is {currency}"
        yield Fault("price", message)
    yield from unknown_people(request.db, "instructors", facts.instructors or [])
    yield from unknown_people(request.db, "reviews", [line.by for line in facts.reviews])


def unknown_people(db: Session, field: str, usernames: Iterable[str]) -> Iterator[Fault]:
    for username in dict.fromkeys(usernames):
        if user.find(db, username) is None:
            yield Fault(field, f"there is no user called {username}")
