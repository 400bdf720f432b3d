"""What is asked: the page of a course in its forms, and reviews."""

from __future__ import annotations

from dataclasses import dataclass

COURSE = "/courses/bench-10-reviews"
FRAMEWORKS = ("flask", "django", "fastapi")
ALL = ("bare", "nginx", "file", *FRAMEWORKS)
JSON = "application/json"


@dataclass(frozen=True)
class Case:
    """One row of the table; `path` is empty where each request is for another course, or writes."""

    name: str
    what: str
    # The servers besides the shop's that have the same.
    peers: tuple[str, ...] = ()
    path: str = ""
    accept: str = "text/html"
    is_member: bool = False
    has_etag: bool = False
    writes: bool = False
    clients: int = 8

    @property
    def status(self) -> int:
        """Return the status of the answers."""
        return 201 if self.writes else 304 if self.has_etag else 200


WARM = Case("course-10-html-guest-warm", "course, 10 reviews, HTML, guest, warm", ALL, COURSE)
COLD = Case("course-html-guest-cold", "course, HTML, guest, cold", ("bare", *FRAMEWORKS))
NOT_MODIFIED = Case(
    "course-10-html-guest-304", "course, HTML, guest, 304", ("bare",), COURSE, has_etag=True
)
COLD_JSON = Case(
    "course-json-guest-cold", "course, JSON, guest, cold", ("bare", "fastapi"), accept=JSON
)
MEMBER = Case("course-html-member-cold", "course, HTML, member, cold", ("bare",), is_member=True)
REVIEW = Case("review-1", "review POST, 1 client", writes=True, clients=1)
REVIEWS = Case("review-32", "review POST, 32 clients", writes=True, clients=32)
CASES = {one.name: one for one in (WARM, COLD, NOT_MODIFIED, COLD_JSON, MEMBER, REVIEW, REVIEWS)}
