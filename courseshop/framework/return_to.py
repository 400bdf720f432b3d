"""After a form, return a browser to the page that shows the form.

A hidden field of the form has the path of that page, with a fragment for the part to show. Unlike
the `Referer` header, it survives a login before the form is processed. If the form has a page of
its own, such as `…/edit`, a parameter in the URL of that page has the path of the page that links
to it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pyramid.traversal import PATH_SAFE

from courseshop.framework.tracking import path_without_tracking

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

# The name of the field, and of the parameter.
FIELD = "return_to"
LONGEST = 500
# Printable ASCII characters, except the backslash, which browsers read as a slash.
PATH = re.compile(r"/[!-\[\]-~]*")


def here(request: Request) -> str:
    """Return the path and query for the hidden field, without a fragment; "" for no field.

    A form that is shown again keeps the value that it was sent with. A query is left out if the
    page accepts none, because the page may be cached for other URLs.
    """
    if request.method == "POST":
        return request.return_to.partition("#")[0]
    query = urlencode(list(request.GET.items())) if request.accepted is not None else ""
    # `request.path` would raise an error if the path is not UTF-8.
    raw = request.environ["SCRIPT_NAME"] + request.environ["PATH_INFO"]
    path = quote(raw.encode("latin-1"), PATH_SAFE)
    path = f"{path}?{query}" if query else path
    return path if len(path) <= LONGEST else ""


def return_to(request: Request) -> str:
    """Return the path in the form or the query, without tracking; "" if none is inside this shop.

    It may have a fragment, as in `/courses#wish-http-properly`.
    """
    if request.method in {"GET", "HEAD"}:
        sent = getattr(request.accepted, FIELD, "")
    else:
        sent = dict(request.sent_fields).get(FIELD, "")
    path, hash_sign, fragment = sent.partition("#")
    prefix = quote(request.script_name)
    inside = path == prefix or path.startswith(f"{prefix}/")
    if not (inside and PATH.fullmatch(sent)):
        return ""
    return f"{path_without_tracking(path)}{hash_sign}{fragment}"


def return_url(request: Request, default: str) -> str:
    """Return the URL to which a browser returns after this form, or if it does not send the form.

    It is `default` if `request.return_to` is empty. If that has no fragment, the URL gets the
    fragment of `default`.
    """
    path, _hash, fragment = request.return_to.partition("#")
    if not path:
        return default
    fragment = fragment or default.partition("#")[2]
    return f"{request.host_url}{path}#{fragment}" if fragment else f"{request.host_url}{path}"


def returning(url: str, path: str) -> str:
    """Return the URL of a page whose form returns to `path`; if that is "", `url` itself."""
    return f"{url}?{urlencode({FIELD: path})}" if path else url


def includeme(config: Configurator) -> None:
    config.add_request_method(here, reify=True)
    config.add_request_method(return_to, reify=True)
