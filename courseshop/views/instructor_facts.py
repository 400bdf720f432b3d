"""The panel of a course's instructors, each with the totals of their published courses.

Its key is how these totals enter the ETag of the course page, as HTML and as JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.resources import Course
from courseshop.views import related
from courseshop.views.course import instructor_facts

if TYPE_CHECKING:
    from collections.abc import Hashable

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request

# After the panels of plugins, before the related courses.
ORDER = related.LAST - 10


def instructors(place: Course, request: Request) -> PageData | None:
    """Return the instructors, None if there are none."""
    found = [instructor_facts(request, row) for row in place.instructor_totals]
    return {"instructors": found} if found else None


def key(place: Course, _request: Request) -> Hashable:
    """Return the key of the panel: its data. The course's stamp covers the names."""
    return tuple(
        (row.user_id, row.courses, row.students, row.rating_count, row.rating_sum)
        for row in place.instructor_totals
    )


def includeme(config: Configurator) -> None:
    config.add_panel(
        "main",
        instructors,
        context=Course,
        renderer="courseshop:templates/course/instructors.jinja2",
        key=key,
        order=ORDER,
        # The page has them in its own JSON.
        json=False,
    )
