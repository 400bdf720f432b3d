from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.framework.negotiation import HTML, form_of
from courseshop.framework.notices import notify
from courseshop.framework.responses import collection
from courseshop.framework.return_to import return_url
from courseshop.resources import Reports
from courseshop.schemas.base import PageQuery
from courseshop.schemas.report import ReportDraft, ReportOut, ReportsOut, ReportsQuery
from courseshop.services import report as service
from courseshop.views.course import named, person
from courseshop.views.mail import count_if_done
from courseshop.views.review import own_url, review_out

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request
    from courseshop.models.rows import ReportRow

PAGE = "courseshop:templates/report/list.jinja2"
FIRST_REPORTS = PageQuery(limit=100)


@page(context=Reports, renderer=PAGE, accepts=ReportsQuery, returns=ReportsOut)
def reports(place: Reports, request: Request[ReportsQuery]) -> PageData:
    """List the reports of a review: all for moderators, otherwise the current user's own."""
    request.response.headers["Cache-Control"] = "no-store"
    row = place.__parent__.row
    found = service.listing(request.db, request.actor, row, request.accepted)
    items = [report_out(request, one) for one in found.rows]
    return collection(
        place,
        request,
        found,
        items,
        url=place.url(),
        back=return_url(request, own_url(place.__parent__)),
        shown=review_out(place.__parent__),
        course=named(place.__parent__.__parent__.__parent__),
        own=row.author_id is not None and row.author_id == request.actor.id,
        reported=service.has_reported(request.db, request.actor, row.id),
    )


@page(
    context=Reports,
    request_method="POST",
    renderer=PAGE,
    permission="add",
    accepts=ReportDraft,
    returns=ReportOut,
    answers=(409, 429),
    repeatable=True,
)
def report(place: Reports, request: Request[ReportDraft]) -> ReportOut:
    """Report a review to the moderators."""
    actor, limit = request.actor, request.settings.report_limit
    request.throttles.check(limit, "report", str(actor.id))
    count_if_done(request, limit, "report", str(actor.id))
    row = place.__parent__.row
    report_id = service.add(request.db, actor, row, request.accepted)
    notify(request, "reported")
    request.response.status_int = 201
    is_form = form_of(request) == HTML
    request.response.location = own_url(place.__parent__) if is_form else place.url()
    return report_out(request, service.find(request.db, report_id))


def report_out(request: Request, row: ReportRow) -> ReportOut:
    return {
        "by": person(request, row.username, row.name),
        "reason": row.reason,
        "comment": row.comment,
        "created_at": row.created_at,
        "outcome": row.outcome,
    }
