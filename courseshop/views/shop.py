"""The shop's logo and icon, and the probes of its health."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pyramid.response import FileResponse
from sqlalchemy.exc import SQLAlchemyError

from courseshop.domain.shop import shop_of
from courseshop.framework.add_page import page
from courseshop.framework.json import dumps
from courseshop.framework.negotiation import JSON
from courseshop.resources import Root
from courseshop.schemas.shop import ProbeOut
from courseshop.services.icon import ico
from courseshop.settings.types import LOGO_TYPES

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request

OWN_LOGO = Path(__file__).parent.parent / "static" / "icon.svg"
ICON = "image/x-icon"
HOUR = 3_600
SECONDS_TO_RETRY = "2"


@page(context=Root, name="logo", media_type="image/*")
def logo(_place: Root, request: Request) -> Response:
    """Return the shop's logo."""
    path = logo_path(request)
    return FileResponse(path, request, content_type=type_of(path), cache_max_age=HOUR)


@page(context=Root, name="favicon.ico", media_type=ICON)
def favicon(_place: Root, request: Request) -> Response:
    """Return the shop's logo as an icon."""
    response, path = request.response, logo_path(request)
    response.content_type = ICON
    response.body = ico(str(path), type_of(path), path.stat().st_mtime_ns)
    response.cache_expires(HOUR)
    return response


def type_of(path: Path) -> str:
    return LOGO_TYPES[path.suffix.lower()]


def logo_path(request: Request) -> Path:
    path = Path(request.settings.logo or OWN_LOGO)
    return path if path.is_file() else OWN_LOGO


@page(context=Root, name="livez", media_type=JSON, returns=ProbeOut)
def livez(_place: Root, request: Request) -> Response:
    """Report that the process responds.

    Nothing else is checked.
    """
    return status(request, 200, "alive")


@page(context=Root, name="readyz", media_type=JSON, returns=ProbeOut, answers=(200, 503))
def readyz(_place: Root, request: Request) -> Response:
    """Report whether the shop can serve pages.

    Its database must respond, have a schema that this code works with, and be writable.
    """
    try:
        fault = shop_of(request.registry).readiness.fault()
    except SQLAlchemyError:
        fault = "the database does not answer"
    return status(request, 503 if fault else 200, fault or "ready")


def status(request: Request, code: int, word: str) -> Response:
    response = request.response
    response.status_int = code
    response.content_type = JSON
    response.charset = None
    response.body = dumps({"status": word})
    response.headers["Cache-Control"] = "no-store"
    if code == 503:
        response.headers["Retry-After"] = SECONDS_TO_RETRY
    return response
