"""Import of courses from Markdown with front matter, JSON, or the text of a scraped course page.

Each file is parsed into a `CourseFile`. `run` stores them with the shop's own services.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError
from translationstring import TranslationString

from courseshop.domain.errors import Refused
from courseshop.domain.money import rounded
from courseshop.domain.shop import shop_of
from courseshop.domain.text import NOT_IN_A_TEXT, character_name, with_line_feeds
from courseshop.framework.fault_messages import untranslated
from courseshop.importing import markdown, markup, rules, scraped, storing, structured, validating
from courseshop.importing.faults import Fault, Faulty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from courseshop.framework.input import InputFault
    from courseshop.framework.request import Request
    from courseshop.importing.course_file import CourseFile
    from courseshop.importing.faults import Facts
    from courseshop.schemas.course import Status

READERS: dict[str, Callable[[str], Facts]] = {
    ".md": markdown.read,
    ".json": structured.read,
    ".txt": scraped.read,
}
LARGEST = 1_000_000


@dataclass(frozen=True)
class Report:
    """The outcome of a file: created, changed, unchanged or refused.

    `detail` is the URL path of the course, or the faults of a refused file. `notes` are what its
    author should know besides: fields left out, markup that shows as text.
    """

    path: Path
    outcome: str
    detail: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """What the operator wants for all files.

    `publish` publishes courses without a `status`, `category` is for courses without one, and
    `ignore_unknown` leaves out fields that the shop does not have. `round_prices` rounds prices to
    the places of the shop's currency.
    """

    publish: bool = False
    category: str | None = None
    ignore_unknown: bool = False
    round_prices: bool = False


@dataclass(frozen=True)
class Run:
    """One run of the importer: its request, and what it has to compare each file with."""

    request: Request
    options: Options
    reserved: frozenset[str]
    # The first file of each slug, id or, if a file has neither, title.
    seen: dict[tuple[str, str], Path]


def run(request: Request, paths: Iterable[Path], options: Options | None = None) -> list[Report]:
    """Import files in the request's transaction, and return a report for each.

    After a refused file the others are still imported, for their reports. The caller must then roll
    back the transaction.
    """
    one = Run(request, options or Options(), shop_of(request.registry).reserved_slugs, {})
    return [import_file(one, path) for path in paths]


def import_file(this: Run, path: Path) -> Report:
    """Import a file, unless it has faults: then report all of them."""
    notes: list[str] = []
    try:
        facts = parse(this, path, notes)
        with this.request.db.begin_nested():
            target = storing.find(this.request.db, facts, path)
            target = target._replace(status=status_of(this, facts, path, target))
            stored = storing.store(this.request, facts, target, this.reserved)
            return Report(path, *stored, notes=tuple(notes))
    except (ValidationError, Refused, ValueError, OSError) as error:
        return Report(path, "refused", reason(error), tuple(notes))


def status_of(this: Run, facts: CourseFile, path: Path, target: storing.Target) -> Status | None:
    """Return the status that a course shall get; None: an existing one keeps its status.

    A copied page becomes a draft: somebody should compare it with the original first.
    """
    if facts.status or this.options.publish:
        return facts.status or "published"
    if target.row:
        return None
    return "draft" if path.suffix.lower() == ".txt" else "published"


def parse(this: Run, path: Path, notes: list[str]) -> CourseFile:
    """Return the content of a file. Raises Faulty with everything that the shop would refuse."""
    read_facts, faults = read(path)
    facts = {key: value for key, value in read_facts.items() if value is not None}
    if this.options.category and "category" not in facts:
        facts["category"] = this.options.category
        faults = [fault for fault in faults if fault.field != "category"]
    if this.options.round_prices:
        price = Decimal(str(facts.get("price", 0)))
        facts["price"] = str(rounded(price, this.request.settings.currency))
    ignore = this.options.ignore_unknown
    found, more, ignored = validating.validate(this.request, facts, ignore_unknown=ignore)
    faults = [fault for fault in faults if not is_in(fault.field, ignored)]
    own = rules.faults(this.request, found, this.reserved)
    notes += [f"ignored: {', '.join(ignored)}"] if ignored else []
    notes += markup.notes(str((found.model_extra or {}).get("about", "")))
    faults = [*faults, *more, *own, *same_course(this.seen, found, path)]
    if faults:
        raise Faulty(list(dict.fromkeys(faults)))
    return found


def is_in(field: str, places: Iterable[str]) -> bool:
    """Return whether a field is one of these, or inside of one."""
    return any(field == place or field.startswith(f"{place}.") for place in places)


def read(path: Path) -> tuple[Facts, list[Fault]]:
    """Return the fields of a file, and the faults of those that cannot be read."""
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"unknown file type; expected one of {', '.join(READERS)}")
    if not path.is_file():
        raise ValueError("not a file")
    with path.open(encoding="utf-8-sig") as file:
        text = file.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(f"longer than {LARGEST} characters")
    if odd := NOT_IN_A_TEXT.search(text):
        raise ValueError(
            f"contains the character {character_name(odd[0])}, which no text may contain"
        )
    try:
        return reader(with_line_feeds(text)), []
    except Faulty as error:
        if not error.facts:
            raise
        return error.facts, error.faults


def same_course(
    seen: dict[tuple[str, str], Path], facts: CourseFile, path: Path
) -> Iterable[Fault]:
    """Yield a fault if another file of this run contains the same course."""
    known = [("slug", facts.slug), ("id", facts.id)]
    for field, value in [one for one in known if one[1]] or [("title", facts.title)]:
        owner = seen.setdefault((field, value or ""), path)
        if owner != path:
            hint = " Give them a slug or an id." if field == "title" else ""
            yield Fault(field, f"{owner} contains the same course.{hint}")


def reason(error: Exception) -> str:
    """Return an error as lines that name the fields at fault."""
    if isinstance(error, ValidationError):
        # pydantic declares the same keys, with wider types.
        found = [cast("InputFault", one) for one in error.errors(include_url=False)]
        lines = (f"{'.'.join(map(str, one['loc']))}: {untranslated(one)}" for one in found)
        return "; ".join(lines)
    if isinstance(error, Refused):
        message = TranslationString(error.message, mapping=error.parameters).interpolate()
        return str(Fault(error.field, message))
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8 text"
    return str(error)
