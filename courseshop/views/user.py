from __future__ import annotations

from typing import Any

from courseshop.resources import Account, Person
from courseshop.schemas import PageQuery
from courseshop.schemas.user import LoginOut, LoginQuery, PersonOut
from courseshop.services import course
from courseshop.views import page
from courseshop.views.course import person as person_ref
from courseshop.views.course import summaries
from courseshop.views.links import root_of

ON_THE_PROFILE = PageQuery(limit=20)


@page(context=Person, renderer="courseshop:templates/user/person.jinja2", returns=PersonOut)
def person(place: Person, request: Any) -> dict[str, Any]:
    row = place.row
    choice = course.Choice(instructor_id=row.id)
    found = course.listing(request.db, request.actor, ON_THE_PROFILE, choice)
    return {
        **person_ref(request, row.username, row.name),
        "courses": summaries(request, found.rows),
        "links": place.links(),
    }


@page(
    context=Account,
    name="login",
    renderer="courseshop:templates/user/login.jinja2",
    accepts=LoginQuery,
    returns=LoginOut,
)
def login(_place: Account, request: Any) -> dict[str, Any]:
    """Say what needs an account, and that this release has none."""
    back = request.accepted.next
    return {
        "open": False,
        "back": back and request.host_url + back,
        "links": {"courses": root_of(request)["courses"].url()},
    }
