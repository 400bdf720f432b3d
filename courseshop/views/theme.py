"""The style sheet of the operator's accent color and font, on top of the theme's tokens."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from courseshop.framework.add_page import page
from courseshop.resources import Root
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.settings import Settings

CSS = "text/css"
NAME = "theme.css"
DAY = 86_400


@page(context=Root, name=NAME, media_type=CSS)
def theme(_place: Root, request: Request) -> Response:
    """Return the operator's colors and fonts as a style sheet."""
    response = request.response
    response.content_type = CSS
    response.text = sheet(request.settings)
    response.cache_expires(DAY)
    return response


def theme_url(request: Request) -> str:
    """Return the URL of the style sheet, which changes with its content; "" if it is empty."""
    text = sheet(request.settings)
    version = blake2b(text.encode(), digest_size=6).hexdigest()
    return root_of(request).url(NAME, query={"v": version}) if text else ""


def sheet(settings: Settings) -> str:
    """Return the declarations that override `static/tokens.css`."""
    brand = f"--brand: {settings.accent};" if settings.accent else ""
    font = f"--font: {settings.font};" if settings.font else ""
    return f":root {{ {brand}{font} }}\n" if brand or font else ""
