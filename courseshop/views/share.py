from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther

from courseshop.database.transactions import run_after_response
from courseshop.framework.add_page import page
from courseshop.resources import Course, Network, Share
from courseshop.schemas.share import NETWORKS, ShareOut
from courseshop.services import share as service

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request
    from courseshop.schemas.share import ShareTarget

QR = "qr.svg"


@page(context=Share, renderer="courseshop:templates/course/share.jinja2", returns=ShareOut)
def share(place: Share, request: Request) -> ShareOut:
    """Show the ways to share a course."""
    course = place.__parent__
    shares = service.shares(request.db, course.row.id) if place.permits("edit") else None
    return share_of(course, targets(course), shares)


def share_of(
    course: Course, offered: list[ShareTarget], shares: dict[str, int] | None = None
) -> ShareOut:
    row = course.row
    return {
        "link": course.url(),
        "title": row.title,
        "text": row.summary or row.title,
        "targets": offered,
        "qr": course.url(QR),
        "shares": shares,
    }


def targets(course: Course) -> list[ShareTarget]:
    """Return the networks on which to share a course, each with the network's own URL."""
    return service.targets(course.url(), course.row.title)


@page(context=Network, answers=(303,))
def network(place: Network, request: Request) -> Response:
    """Redirect to a network, and count the share anonymously."""
    course, name = place.__parent__.__parent__, place.__name__
    # Do not count prefetches and HEAD requests.
    if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        run_after_response(
            request, partial(service.count, course_id=course.row.id, network=str(name))
        )
    url = next(one["url"] for one in targets(course) if one["name"] == name)
    return HTTPSeeOther(url, headers=[("Cache-Control", "no-store")])


@page(context=Course, name=QR, media_type="image/svg+xml")
def qr(place: Course, request: Request) -> Response:
    """Return the URL of a course as a QR code."""
    response = request.response
    response.content_type = "image/svg+xml"
    response.body = service.qr_svg(place.url())
    return response


def share_block(place: Course, request: Request) -> PageData:
    """Return the sharing options of the course page, whose links to networks count shares."""
    counted = request.settings.count_shares
    offered: list[ShareTarget] = [
        {**one, "url": place.url("share", one["name"])}
        if counted and one["name"] in NETWORKS
        else one
        for one in targets(place)
    ]
    return {**share_of(place, offered), "page": place.url("share")}


def includeme(config: Configurator) -> None:
    config.add_panel(
        "share",
        share_block,
        context=Course,
        renderer="courseshop:templates/course/share_block.jinja2",
        key=lambda _place, _request: "share",
        json=False,
    )
