"""Well-known URLs (RFC 8615)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPSeeOther

from courseshop.framework.add_page import page
from courseshop.framework.resource import Resource
from courseshop.resources import Root
from courseshop.views.links import root_of

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request


class WellKnown(Resource):
    """Redirects from URLs that are the same at every site."""


@page(context=WellKnown, name="change-password", answers=(303,))
def change_password(_place: WellKnown, request: Request) -> Response:
    """Redirect to the form to change the password; password managers open this URL."""
    return HTTPSeeOther(root_of(request)["account"]["password"].url())


def includeme(config: Configurator) -> None:
    config.add_child(Root, ".well-known", WellKnown)
