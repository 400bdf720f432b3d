"""Parse a file to a course that can be stored, or to all of its faults."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from courseshop.domain.errors import Conflict
from courseshop.domain.money import rounded
from courseshop.importing import categories, markup, reading, rules, targets, validating
from courseshop.importing.faults import Fault, Faulty, fault_of
from courseshop.importing.markup import some
from courseshop.importing.page_lines import is_price

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from courseshop.importing import Run
    from courseshop.importing.course_file import CourseFile
    from courseshop.importing.reading import Content
    from courseshop.importing.targets import Target
    from courseshop.importing.validating import Checked
    from courseshop.schemas.course import Status

MOST_IGNORED = 50
UNREAD_PRICE = (
    "The page shows {}, which is not read. Import it without --publish, enter the price in the "
    "shop, then publish the course."
)


def parse(this: Run, path: Path, notes: list[str]) -> tuple[CourseFile, Target]:
    """Return the content of a file, and its course; add to the notes.

    Raises Faulty with all faults of the file.
    """
    content = with_options(this, reading.read(path))
    ignore = this.options.ignore_unknown
    checked = validating.validate(this.request, content.facts, ignore_unknown=ignore)
    own = rules.faults(this.request, checked.file, this.reserved)
    faults = [*outside(content.faults, checked.ignored), *checked.faults, *own]
    faults += same_course(this.seen, checked.file, path)
    target, more = find_target(this, checked.file, path, faults)
    faults += more
    notes += notes_on(content, checked)
    if faults or target is None:
        raise Faulty(list(dict.fromkeys(faults)))
    notes += notes_on_course(this, checked.file, target, is_page=content.is_page)
    return checked.file, target


def with_options(this: Run, content: Content) -> Content:
    """Return the content of a file, changed by the operator's options."""
    facts, faults = {**content.facts}, content.faults
    if not str(facts.get("category", "-")).strip():
        del facts["category"]
    if this.options.category and "category" not in facts:
        facts["category"] = this.options.category
        faults = [fault for fault in faults if fault.field != "category"]
    if this.options.round_prices:
        price = Decimal(str(facts.get("price", 0)))
        facts["price"] = str(rounded(price, this.request.settings.currency))
    prices = [line for line in content.unread if is_price(line)]
    if this.options.publish and prices:
        faults = [*faults, Fault("price", UNREAD_PRICE.format(prices[0]))]
    return content._replace(facts=facts, faults=faults)


def outside(faults: Iterable[Fault], ignored: Iterable[str]) -> Iterator[Fault]:
    """Yield the faults that are not inside an ignored field."""
    places = set(ignored)
    for fault in faults:
        parts = fault.field.split(".")
        if not any(".".join(parts[:count]) in places for count in range(1, len(parts) + 1)):
            yield fault


def same_course(
    seen: dict[tuple[str, str], Path], facts: CourseFile, path: Path
) -> Iterable[Fault]:
    """Yield a fault if another file of this run names the same course."""
    known = [("slug", facts.slug), ("id", facts.id)]
    for field, value in [one for one in known if one[1]] or [("title", facts.title)]:
        owner = seen.setdefault((field, value or ""), path)
        if owner != path:
            yield same_as(owner, field)


def same_as(owner: Path, field: str) -> Fault:
    hint = " Give them a slug or an id." if field == "title" else ""
    return Fault(field, f"This file contains the same course as {owner}.{hint}")


def find_target(
    this: Run, facts: CourseFile, path: Path, faults: Iterable[Fault]
) -> tuple[Target | None, list[Fault]]:
    """Return the course that a file describes, and the faults of its changes.

    The course is None if the fields that identify it have faults.
    """
    if not (facts.slug or facts.id) and {"title", "slug", "id"} & {one.field for one in faults}:
        return None, []
    try:
        target = targets.find(this.request.db, facts, path, publish=this.options.publish)
    except Conflict as refused:
        return None, [fault_of(refused)]
    refusals = targets.refusals(this.request, facts, target, path)
    more = [fault_of(one) for one in refusals]
    owner = this.stored.get(target.row.id, path) if target.row else path
    if owner != path:
        more.append(same_as(owner, "slug" if facts.slug else "id" if facts.id else "title"))
    return target, more


def notes_on(content: Content, checked: Checked) -> Iterator[str]:
    """Yield notes for the author of a file, besides its faults."""
    if checked.ignored:
        yield f"ignored: {some(checked.ignored, MOST_IGNORED)}"
    if content.unread:
        yield f"not read: {some(content.unread)}"
    yield from markup.notes(str((checked.file.model_extra or {}).get("about", "")))


def notes_on_course(
    this: Run, facts: CourseFile, target: Target, *, is_page: bool
) -> Iterator[str]:
    """Yield notes for the operator about the course of a file without faults."""
    if facts.published and status_after(target) != "published":
        yield "published: left out, because the course is not published"
    if is_page and categories.find(this.request.db, facts.category) is None:
        yield f"new category: {facts.category.title}"


def status_after(target: Target) -> Status | None:
    return target.status or (target.row.status if target.row else None)
