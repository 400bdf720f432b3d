"""After a form, return a browser to the page that shows the form.

A hidden field of the form has the path of that page, with a fragment for the part to show. Unlike
the `Referer` header, it survives a login before the form is processed.
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
        return path_without_tracking(dict(request.sent_fields).get(FIELD, "").partition("#")[0])
    query = urlencode(list(request.GET.items())) if request.accepted is not None else ""
    # `request.path` would raise an error if the path is not UTF-8.
    raw = request.environ["SCRIPT_NAME"] + request.environ["PATH_INFO"]
    path = quote(raw.encode("latin-1"), PATH_SAFE)
    path = f"{path}?{query}" if query else path
    return path if len(path) <= LONGEST else ""


def return_url(request: Request, default: str) -> str:
    """Return the URL to which a browser returns after this form, by default `default`.

    If the form's field has no fragment, the URL gets the fragment of `default`.
    """
    sent = dict(request.sent_fields).get(FIELD, "")
    path, _hash, fragment = sent.partition("#")
    prefix = quote(request.script_name)
    inside = path == prefix or path.startswith(f"{prefix}/")
    if not (inside and PATH.fullmatch(sent)):
        return default
    path = path_without_tracking(path)
    fragment = fragment or default.partition("#")[2]
    return f"{request.host_url}{path}#{fragment}" if fragment else f"{request.host_url}{path}"


def includeme(config: Configurator) -> None:
    config.add_request_method(here, reify=True)
