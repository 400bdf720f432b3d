"""What is asked: pages of the shops that benchmarks.data fills, and two kinds of writes."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import click

from benchmarks.data import COMMON, RARE, SPECIAL
from benchmarks.load.servers import NGINX

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCEPT = {"html": "text/html", "json": "application/json"}


@dataclass(frozen=True)
class Case:
    """One row of the table.

    `path` is empty where each request asks for another course (cold) or writes. `again` asks with
    the ETag that the page had. `writes` is "review" or "wish". `clients` None: as many as usual.
    """

    name: str
    what: str
    path: str = ""
    form: str = "html"
    who: str = "guest"
    again: bool = False
    writes: str = ""
    clients: int | None = None

    @property
    def is_course(self) -> bool:
        return not self.writes and (not self.path or self.path.startswith("/courses/bench-"))

    @property
    def is_kept(self) -> bool:
        """Tell whether it is the page of a course that nginx keeps for guests."""
        warm = bool(self.path) and not self.again
        return warm and self.is_course and self.who == "guest" and self.form == "html"

    def has_peer(self, peer: str) -> bool:
        """Tell whether there is the same by Flask, Django, FastAPI, nginx, or as bare bytes."""
        if self.writes:
            return False
        if peer == "bare":
            return True
        if peer in NGINX:
            return self.is_kept
        there = self.is_course and self.who == "guest" and not self.again
        return there and (self.form == "html" or peer == "fastapi")


def course_cases() -> list[Case]:
    found = []
    for who in ("guest", "member"):
        for form in ("html", "json"):
            end = f"{form.upper() if form == 'json' else 'HTML'}, {who}"
            for slug, reviews in SPECIAL.items():
                name, what = f"course-{reviews}-{form}-{who}", f"course, {reviews:,} reviews, {end}"
                found.append(Case(f"{name}-warm", f"{what}, warm", f"/courses/{slug}", form, who))
            name, slug = f"course-10-{form}-{who}", "bench-10-reviews"
            again = Case(
                f"{name}-304", f"course, {end}, 304", f"/courses/{slug}", form, who, again=True
            )
            cold = Case(f"course-{form}-{who}-cold", f"course, {end}, cold", "", form, who)
            found += [cold, again]
    return found


def list_cases() -> list[Case]:
    paths = {
        "catalogue": ("catalogue", "/courses"),
        "search-rare": ("search, rare word", f"/courses?q={RARE}"),
        "search-common": ("search, common word", f"/courses?q={COMMON}"),
    }
    return [
        Case(f"{name}-{form}", f"{what}, {form.upper()}", path, form)
        for name, (what, path) in paths.items()
        for form in ("html", "json")
    ]


def write_cases() -> list[Case]:
    titles = {"review": "review POST", "wish": "wish PUT"}
    return [
        Case(
            f"{name}-{clients}",
            f"{what}, {clients} client{'s' if clients > 1 else ''}",
            form="json",
            who="students",
            writes=name,
            clients=clients,
        )
        for name, what in titles.items()
        for clients in (1, 32)
    ]


CASES = [*course_cases(), *list_cases(), *write_cases()]
QUICK = (
    *("course-10-html-guest-warm", "course-html-guest-cold", "course-10-html-guest-304"),
    *("course-html-member-cold", "course-10-json-guest-warm", "course-json-guest-cold"),
    *("catalogue-html", "search-common-html", "review-32", "wish-32"),
)


def chosen(patterns: Sequence[str]) -> list[Case]:
    """Return the cases that any of the patterns fits, all without one; a click error for none."""
    found = [case for case in CASES if any(fnmatch(case.name, one) for one in patterns or "*")]
    if not found:
        names = ", ".join(case.name for case in CASES)
        raise click.BadParameter(f"nothing is called so; there are: {names}", param_hint="--case")
    return found
