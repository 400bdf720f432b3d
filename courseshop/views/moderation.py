from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.resources import Moderation
from courseshop.schemas import PageQuery
from courseshop.schemas.moderation import ModerationOut
from courseshop.services import course as service
from courseshop.views import collection, page
from courseshop.views.course import summaries
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from courseshop.schemas.course import CourseSummary
    from courseshop.schemas.moderation import TaskOut


@page(
    context=Moderation,
    renderer="courseshop:templates/moderation/list.jinja2",
    accepts=PageQuery,
    returns=ModerationOut,
)
def moderation(place: Moderation, request: Any) -> dict[str, Any]:
    """List what waits for moderators, the longest waiting first: courses that were submitted."""
    found = service.submitted(request.db, request.accepted)
    tasks = [task(request, course) for course in summaries(request, found.rows)]
    return collection(place, request, found, tasks)


def task(request: Any, course: CourseSummary) -> TaskOut:
    courses = root_of(request)["courses"]
    links = {"self": course["url"], "status": courses.url(course["slug"], "status")}
    return {"kind": "course", "course": course, "links": links}
