"""Backends of plugins that are away: 503 for the plugin's own pages, and none for the others."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.framework.errors import problem
from courseshop.framework.left_out import UNAVAILABLE

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

log = logging.getLogger(__name__)
# After so many seconds a client may try again.
SECONDS = "30"


def add_unavailable(config: Configurator, error: type[Exception] | str) -> None:
    """Respond with 503 and Retry-After if a place, an ACL or a view raises this exception.

    The plugin raises it if a backend that it needs is away. Pages of others leave its panels and
    links out; these responses are not cached.
    """
    kind: type[Exception] = config.maybe_dotted(error)
    introspectable = config.introspectable(UNAVAILABLE, kind, kind.__qualname__, UNAVAILABLE)
    introspectable.update(error=kind, package=config.package_name)

    def register() -> None:
        config.registry[UNAVAILABLE] += (kind,)

    config.action((UNAVAILABLE, kind), register, introspectables=(introspectable,))
    config.add_exception_view(away, context=kind)


def away(error: Exception, request: Request) -> Response:
    log.warning("%s %r: a backend is away: %r", request.method, request.path, error)
    detail = _("This part of the shop isn't available right now. Please try again in a minute.")
    return problem(request, 503, detail, None, [("Retry-After", SECONDS)])


def includeme(config: Configurator) -> None:
    config.registry[UNAVAILABLE] = ()
    config.add_directive("add_unavailable", add_unavailable)
    config.add_request_method(lambda _request: False, "is_incomplete", reify=True)
