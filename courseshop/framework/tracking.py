"""Tracking parameters, such as `utm_source`, which other sites append to links to the shop.

They are removed before anything else reads the query. So they appear in no link of a page, and a
page has only one entry in each cache of the shop. The server's access log still has them.

Parameters are separated by `&` alone, as browsers do it: a semicolon is part of a value. `&amp;` is
read as `&`, because links are often copied from HTML.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_plus, unquote_to_bytes

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# In lower case. A page cannot have a parameter with one of these names.
NAMES = {
    # Social networks.
    *("fbclid", "igshid", "igsh", "li_fat_id", "ttclid", "twclid", "sccid", "epik", "rdt_cid"),
    *("fb_action_ids", "fb_action_types", "fb_ref", "fb_source", "ref", "ref_src", "ref_url"),
    # Search engines and advertisers.
    *("gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid"),
    *("msclkid", "yclid", "ysclid", "s_kwcid", "irclickid", "wickedid", "_ga", "_gl", "_openstat"),
    # Newsletters.
    *("mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "oly_anon_id", "oly_enc_id"),
    *("_hsenc", "_hsmi", "_kx", "ck_subscriber_id", "ml_subscriber", "ml_subscriber_hash"),
}
# The parameter of the log-in page that holds the path to return to, which may hold another one.
NEXT, DEEPEST = "next", 3
# Names that begin with one of these: Google Analytics, Matomo, HubSpot.
PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "__hs")


def is_tracking(parameter: str) -> bool:
    """Return whether a parameter with its value, such as `utm_source=news`, is for tracking."""
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in NAMES or name.startswith(PREFIXES)


def clean_query(environ: WSGIEnvironment) -> None:
    """Remove the tracking parameters from the query of a request."""
    query = environ.get("QUERY_STRING")
    if query:
        environ["QUERY_STRING"] = without_tracking(query)


def without_tracking(query: str, depth: int = 0) -> str:
    """Return a query without tracking parameters, not even in the path to return to.

    `depth` is the number of paths around this query.
    """
    # WebOb would split the query at semicolons, too.
    parts = query.replace("&amp;", "&").replace(";", "%3B").split("&")
    return "&".join(clean_next(part, depth) for part in parts if not is_tracking(part))


def clean_next(parameter: str, depth: int) -> str:
    """Return a parameter; if it is a path to return to, without tracking parameters."""
    name, _equals, value = parameter.partition("=")
    if name != NEXT:
        return parameter
    path = unquote_to_bytes(value.replace("+", " ").encode("latin-1")).decode("latin-1")
    cleaned = path_without_tracking(path, depth + 1)
    return parameter if cleaned == path else f"{NEXT}={quote(cleaned.encode('latin-1'), safe='')}"


def path_without_tracking(path: str, depth: int = 0) -> str:
    """Return a path whose query has no tracking parameters; nested too deeply, it has no query."""
    before, question_mark, query = path.partition("?")
    kept = without_tracking(query, depth) if question_mark and depth <= DEEPEST else ""
    return f"{before}?{kept}" if kept else before
