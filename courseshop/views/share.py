from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courseshop.resources import Course
from courseshop.schemas.course import ShareOut
from courseshop.services.share import qr_svg, targets
from courseshop.views import page

if TYPE_CHECKING:
    from pyramid.response import Response

QR = "qr.svg"


@page(
    context=Course,
    name="share",
    renderer="courseshop:templates/course/share.jinja2",
    returns=ShareOut,
)
def share(place: Course, _request: Any) -> ShareOut:
    link, title = place.url(), place.row.title
    return {
        "link": link,
        "title": title,
        "text": place.row.summary or title,
        "targets": targets(link, title),
        "qr": place.url(QR),
    }


@page(context=Course, name=QR)
def qr(place: Course, request: Any) -> Response:
    response = request.response
    response.content_type = "image/svg+xml"
    response.body = qr_svg(place.url())
    return response


def share_block(place: Course, request: Any) -> dict[str, Any]:
    return {**share(place, request), "page": place.url("share")}


def includeme(config: Any) -> None:
    config.add_panel(
        "share",
        share_block,
        context=Course,
        renderer="courseshop:templates/course/share_block.jinja2",
        key=lambda _place, _request: "share",
        json=False,
    )
