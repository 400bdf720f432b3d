from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.framework.add_page import page
from courseshop.framework.responses import collection
from courseshop.rendering.labels import ROLES
from courseshop.rendering.locales import translate
from courseshop.resources import People
from courseshop.schemas.user import PeopleOut, PeopleQuery
from courseshop.services import people as service
from courseshop.views.course import person

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import UserRow
    from courseshop.schemas.user import AccountRow

LIST = "courseshop:templates/user/list.jinja2"


@page(context=People, renderer=LIST, accepts=PeopleQuery, returns=PeopleOut)
def people(place: People, request: Request[PeopleQuery]) -> PageData:
    """List all accounts, newest first, for admins."""
    query = request.accepted
    found = service.listing(request.db, query)
    items = [account_row(request, row) for row in found.rows]
    labels = {"": _("All roles"), **ROLES}
    roles = {value: translate(request, label) for value, label in labels.items()}
    return collection(
        place,
        request,
        found,
        items,
        roles=roles,
        role=query.role or "",
        searched=query.q,
        url=place.url(),
    )


def account_row(request: Request, row: UserRow) -> AccountRow:
    return {
        **person(request, row.username, row.name),
        "role": row.role,
        "email": row.email or row.pending_email,
        "confirmed": row.email is not None,
        "created_at": row.created_at,
    }
