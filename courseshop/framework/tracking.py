"""Tracking parameters, such as `utm_source`, which other sites append to links to the shop.

They are removed before anything else reads the query. So they appear in no link of a page, and a
page has only one entry in each cache of the shop. The server's access log still has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

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
# Names that begin with one of these: Google Analytics, Matomo, HubSpot.
PREFIXES = ("utm_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "__hs")


def is_tracking(parameter: str) -> bool:
    """Return whether a parameter with its value, such as `utm_source=news`, is for tracking."""
    name = unquote_plus(parameter.partition("=")[0]).lower()
    return name in NAMES or name.startswith(PREFIXES)


def remove_tracking(environ: WSGIEnvironment) -> None:
    """Remove the tracking parameters from the query of a request."""
    query = environ.get("QUERY_STRING")
    if query:
        kept = [part for part in query.split("&") if not is_tracking(part)]
        environ["QUERY_STRING"] = "&".join(kept)
