"""The page to which a browser returns after it has sent a form: the one on which the form stands.

A hidden field of the form names that page, and the part of it to show. A field, not the `Referer`
header, because it also works for a guest who has to log in before the form is processed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from pyramid.traversal import PATH_SAFE

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request

FIELD = "return_to"
LONGEST = 500
# Printable ASCII characters, except the backslash, which browsers read as a slash.
PATH = re.compile(r"/[!-\[\]-~]*")


def here(request: Request) -> str:
    """Return the path and query of the page for the hidden field, "" if there is none.

    The query of a page that takes no query is left out: it would get into cached pages.
    """
    if request.method == "POST":
        return request.submitted.get(FIELD, "").partition("#")[0]
    query = urlencode(list(request.GET.items())) if request.accepted is not None else ""
    # By the environ: `request.path` fails if the path is not UTF-8.
    raw = request.environ["SCRIPT_NAME"] + request.environ["PATH_INFO"]
    path = quote(raw.encode("latin-1"), PATH_SAFE)
    path = f"{path}?{query}" if query else path
    return path if len(path) <= LONGEST else ""


def return_url(request: Request, default: str) -> str:
    """Return the URL to which a browser returns after this form; `default` if the form has none.

    If the form names a page, but no part of it, the part is that of `default`.
    """
    sent = dict(request.sent_fields).get(FIELD, "")
    path, _hash, part = sent.partition("#")
    prefix = quote(request.script_name)
    inside = path == prefix or path.startswith(f"{prefix}/")
    if not (inside and PATH.fullmatch(sent)):
        return default
    part = part or default.partition("#")[2]
    return f"{request.host_url}{path}#{part}" if part else f"{request.host_url}{path}"


def includeme(config: Configurator) -> None:
    config.add_request_method(here, reify=True)
