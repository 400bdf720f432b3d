from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.input import Invalid
from courseshop.resources import Courses
from courseshop.schemas.compare import MOST_COMPARED, CompareOut, CompareQuery
from courseshop.services import course as service
from courseshop.views.course import summaries

if TYPE_CHECKING:
    from collections.abc import Collection

    from courseshop.framework.input import InputFault
    from courseshop.framework.request import PageData, Request
    from courseshop.schemas.compare import ComparedCourse


@page(
    context=Courses,
    name="compare",
    renderer="courseshop:templates/course/compare.jinja2",
    accepts=CompareQuery,
    returns=CompareOut,
)
def compare(place: Courses, request: Request[CompareQuery]) -> PageData:
    """Compare courses side by side, in the requested order."""
    slugs = list(dict.fromkeys(request.accepted.course))
    found = service.comparable(request.db, request.actor, slugs)
    check(request.accepted.course, found)
    shown = summaries(request, [found[slug] for slug in slugs])
    items: list[ComparedCourse] = [
        {
            **one,
            "outcomes": found[one["slug"]].outcomes,
            "requirements": found[one["slug"]].requirements,
            "links": {
                "self": one["url"],
                "remove": url_of(place, [slug for slug in slugs if slug != one["slug"]]),
            },
        }
        for one in shown
    ]
    return {"items": items, "links": {"self": url_of(place, slugs)}, "most": MOST_COMPARED}


def url_of(place: Courses, slugs: list[str]) -> str:
    return place.url("compare", query={"course": slugs} if slugs else None)


def check(slugs: list[str], found: Collection[str]) -> None:
    """Raise Invalid, which lists the courses that do not exist or that the user may not view."""
    faults: list[InputFault] = [
        {"type": "unknown_course", "loc": ("course", index), "ctx": {"slug": slug}}
        for index, slug in enumerate(slugs)
        if slug not in found
    ]
    if faults:
        raise Invalid(faults)
