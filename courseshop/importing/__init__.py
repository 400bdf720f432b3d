"""Import of courses from Markdown with front matter, JSON, or the text of a scraped course page.

Each file is parsed into a `CourseFile`. `run` stores them with the shop's own services.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from pydantic import ValidationError

from courseshop.domain.errors import Refused
from courseshop.domain.shop import shop_of
from courseshop.framework.fault_messages import untranslated
from courseshop.importing import storing
from courseshop.importing.faults import fault_of
from courseshop.importing.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from courseshop.framework.input import InputFault
    from courseshop.framework.request import Request


@dataclass(frozen=True)
class Report:
    """The outcome of a file: created, changed, unchanged, ready or refused.

    A file is ready if it has no faults, but other files do. `detail` is the URL path of the course,
    or the faults of a refused file. `notes` tell its author about ignored fields, markup that the
    shop shows as text, and the like.
    """

    path: Path
    outcome: str
    detail: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Options:
    """The operator's options for all files.

    `publish` publishes courses without a `status`, `category` is for courses without one, and
    `ignore_unknown` ignores fields that the shop does not have. `round_prices` rounds prices to the
    decimal places of the shop's currency.
    """

    publish: bool = False
    category: str | None = None
    ignore_unknown: bool = False
    round_prices: bool = False


@dataclass(frozen=True)
class Run:
    """One run of the importer, with the state that its files share."""

    request: Request
    options: Options
    reserved: frozenset[str]
    # The first file with each slug, id or, if a file has neither, title.
    seen: dict[tuple[str, str], Path]
    # The file of each stored course, by its row's id.
    stored: dict[int, Path]


def run(request: Request, paths: Iterable[Path], options: Options | None = None) -> list[Report]:
    """Import files in the request's transaction, and return a report for each.

    After a refused file the others are still imported, for their reports: they are ready. The
    caller must then roll back the transaction.
    """
    reserved = shop_of(request.registry).reserved_slugs
    one = Run(request, options or Options(), reserved, {}, {})
    reports = [import_file(one, path) for path in paths]
    if all(one.outcome != "refused" for one in reports):
        return reports
    return [one if one.outcome == "refused" else replace(one, outcome="ready") for one in reports]


def import_file(this: Run, path: Path) -> Report:
    """Import a file, or report all of its faults."""
    notes: list[str] = []
    try:
        facts, target = parse(this, path, notes)
        with this.request.db.begin_nested():
            stored = storing.store(this.request, facts, target, this.reserved)
        this.stored[stored.course_id] = path
        return Report(path, stored.outcome, stored.path, tuple(notes))
    except (ValidationError, Refused, ValueError, OSError) as error:
        return Report(path, "refused", reason(error), tuple(notes))


def reason(error: Exception) -> str:
    """Return an error as lines that name the fields at fault."""
    if isinstance(error, ValidationError):
        # pydantic declares the same keys, with wider types.
        found = [cast("InputFault", one) for one in error.errors(include_url=False)]
        lines = (f"{'.'.join(map(str, one['loc']))}: {untranslated(one)}" for one in found)
        return "; ".join(lines)
    if isinstance(error, Refused):
        return "; ".join(str(fault_of(one)) for one in getattr(error, "found", [error]))
    if isinstance(error, UnicodeDecodeError):
        return "This is not UTF-8 text. Save it as UTF-8."
    if isinstance(error, OSError):
        return f"{error.strerror}."
    return str(error)
