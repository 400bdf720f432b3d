from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import MISSING

from courseshop.framework.add_page import page
from courseshop.framework.notices import notify
from courseshop.resources import Person
from courseshop.schemas.base import PageQuery
from courseshop.schemas.user import PersonOut, PersonPatch, PersonRole, Role
from courseshop.services import review, user, wishlist
from courseshop.services.catalogue import Catalogue
from courseshop.services.filters import Filters
from courseshop.views.course import instructor_facts, summaries
from courseshop.views.course import person as person_ref
from courseshop.views.links import catalogue_url
from courseshop.views.proof import require_proof
from courseshop.views.read_only import check_sent_back
from courseshop.views.review import course_ref, place_of, review_out
from courseshop.views.wishlist import wishlist_ref

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.schemas.user import WrittenReview

ON_THE_PROFILE = PageQuery(limit=20)
MOST_REVIEWS = 5
EDIT = "courseshop:templates/user/edit.jinja2"


@page(context=Person, renderer="courseshop:templates/user/person.jinja2", returns=PersonOut)
def person(place: Person, request: Request) -> PageData:
    """Show a user, with the courses they teach and their public wishlists.

    The profile of a user without courses has their last public reviews.
    """
    row = place.row
    catalogue = Catalogue(request.db, request.actor)
    found = catalogue.page(ON_THE_PROFILE, Filters(instructor=row.id))
    return {
        **person_ref(request, row.username, row.name),
        "instructor_facts": instructor_facts(request, row) if row.courses else None,
        "courses": summaries(request, found.rows),
        "reviews": [] if found.rows else written(request, row.id),
        "wishlists": [wishlist_ref(request, one) for one in wishlist.public_of(request.db, row.id)],
        "links": {**place.links(), "courses": catalogue_url(request, instructor=row.username)},
        "more": found.after is not None,
    }


def written(request: Request, author_id: int) -> list[WrittenReview]:
    """Return the user's last reviews as every guest may view them."""
    rows = review.public_of(request.db, author_id, MOST_REVIEWS)
    places = [place_of(request, row) for row in rows]
    return [
        {"course": course_ref(place, row), "review": review_out(place)}
        for place, row in zip(places, rows, strict=True)
    ]


@page(context=Person, name="edit", renderer=EDIT, permission="edit", returns=PersonRole)
def edit(place: Person, request: Request) -> PersonRole:
    """Show the form to change a user's role."""
    return role_out(place, request, place.row.role)


@page(
    context=Person,
    name="edit",
    request_method="POST",
    renderer=EDIT,
    permission="edit",
    check=require_proof,
    accepts=PersonPatch,
    returns=PersonRole,
    answers=(409,),
)
@page(
    context=Person,
    request_method="PATCH",
    renderer=EDIT,
    permission="edit",
    check=require_proof,
    accepts=PersonPatch,
    returns=PersonRole,
    answers=(409,),
)
def change(place: Person, request: Request[PersonPatch]) -> PersonRole:
    """Change a user's role, which ends all their sessions.

    A session whose password was not given in the last 15 minutes gets 403 `proof-needed`.
    """
    check_sent_back(place, request)
    new = place.row.role if request.accepted.role is MISSING else request.accepted.role
    if user.set_role(request.db, request.actor, place.row, new):
        notify(request, "role-changed")
    return role_out(place, request, new)


def role_out(place: Person, request: Request, role: Role) -> PersonRole:
    return {
        **person_ref(request, place.row.username, place.row.name),
        "role": role,
        "links": place.links(),
    }
