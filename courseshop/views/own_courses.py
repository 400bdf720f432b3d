"""The courses that the current user takes and teaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.resource import Resource
from courseshop.framework.responses import collection
from courseshop.resources import Account
from courseshop.schemas.account import OwnCoursesOut
from courseshop.schemas.base import PageQuery
from courseshop.security import own_id
from courseshop.services import invitation
from courseshop.services.catalogue import Catalogue
from courseshop.services.filters import Filters
from courseshop.views.course import summaries
from courseshop.views.invitation import invitations_out
from courseshop.views.links import new_course_url, root_of

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request

FIRST = PageQuery()
COURSES = "courseshop:templates/account/courses.jinja2"


class OwnCourses(Resource):
    """The courses that the current user is enrolled in."""


class TaughtCourses(Resource):
    """The courses that the current user teaches."""


@page(context=OwnCourses, renderer=COURSES, accepts=PageQuery, returns=OwnCoursesOut)
def enrolled(place: OwnCourses, request: Request[PageQuery]) -> PageData:
    """List the courses that the current user is enrolled in, the newest course first."""
    shown = courses(place, request, Filters(student=own_id(request)))
    return {**shown, "teaches": False, "new": None, "invitations": []}


@page(context=TaughtCourses, renderer=COURSES, accepts=PageQuery, returns=OwnCoursesOut)
def taught(place: TaughtCourses, request: Request[PageQuery]) -> PageData:
    """List the courses that the current user teaches, the newest course first."""
    me = own_id(request)
    invited = invitation.listing(request.db, me, FIRST)
    return {
        **courses(place, request, Filters(instructor=me)),
        "teaches": True,
        "new": new_course_url(request),
        "invitations": invitations_out(root_of(request)["account"]["invitations"], invited.rows),
    }


def courses(place: Resource, request: Request[PageQuery], filters: Filters) -> PageData:
    found = Catalogue(request.db, request.actor).page(request.accepted, filters)
    return collection(place, request, found, summaries(request, found.rows))


def includeme(config: Configurator) -> None:
    config.add_child(Account, "courses", OwnCourses)
    config.add_child(Account, "teaching", TaughtCourses)
