"""What is asked: the page of a course in its forms, and reviews."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

COURSE = "/courses/bench-10-reviews"
FRAMEWORKS = ("flask", "django", "fastapi")


@dataclass(frozen=True)
class Case:
    """One row of the table.

    `peers` are the servers besides the shop's that have the same. `path` is empty where each
    request is for another course (cold) or writes. `clients` 0: as many as usual.
    """

    name: str
    what: str
    peers: Sequence[str] = ()
    path: str = ""
    accept: str = "text/html"
    is_member: bool = False
    has_etag: bool = False
    writes: bool = False
    clients: int = 0


WARM = Case(
    "course-10-html-guest-warm",
    "course, 10 reviews, HTML, guest, warm",
    ("bare", "nginx", "file", *FRAMEWORKS),
    COURSE,
)
COLD = Case("course-html-guest-cold", "course, HTML, guest, cold", ("bare", *FRAMEWORKS))
NOT_MODIFIED = Case(
    "course-10-html-guest-304", "course, HTML, guest, 304", ("bare",), COURSE, has_etag=True
)
COLD_JSON = Case(
    "course-json-guest-cold",
    "course, JSON, guest, cold",
    ("bare", "fastapi"),
    accept="application/json",
)
MEMBER = Case("course-html-member-cold", "course, HTML, member, cold", ("bare",), is_member=True)
REVIEW = Case("review-1", "review POST, 1 client", writes=True, clients=1)
REVIEWS = Case("review-32", "review POST, 32 clients", writes=True, clients=32)
CASES = (WARM, COLD, NOT_MODIFIED, COLD_JSON, MEMBER, REVIEW, REVIEWS)


def chosen(patterns: Sequence[str]) -> list[Case]:
    """Return the cases that any of the patterns fits, all without one; a click error for none."""
    found = [case for case in CASES if any(fnmatch(case.name, one) for one in patterns or "*")]
    if not found:
        names = ", ".join(case.name for case in CASES)
        raise click.BadParameter(f"nothing is called so; there are: {names}", param_hint="--case")
    return found
