"""Share links: plain URLs of social networks, without scripts or tracking."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import quote

import segno
from sqlalchemy import select

from courseshop.models import ShareCount
from courseshop.schemas.share import NETWORKS
from courseshop.services.unique import add_to

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.schemas.share import ShareTarget


def targets(link: str, title: str) -> list[ShareTarget]:
    """Return the share targets for `link`, with complete, encoded URLs."""
    # Spaces are %20, not "+", which some networks show as a plus.
    url, name, both = (quote(part, safe="") for part in (link, title, f"{title} {link}"))
    return [
        _target("facebook", "Facebook", f"https://www.facebook.com/sharer/sharer.php?u={url}"),
        _target("x", "X", f"https://x.com/intent/post?url={url}&text={name}"),
        _target(
            "linkedin", "LinkedIn", f"https://www.linkedin.com/sharing/share-offsite/?url={url}"
        ),
        _target("whatsapp", "WhatsApp", f"https://wa.me/?text={both}"),
        _target("telegram", "Telegram", f"https://t.me/share/url?url={url}&text={name}"),
        _target("bluesky", "Bluesky", f"https://bsky.app/intent/compose?text={both}"),
        _target("reddit", "Reddit", f"https://www.reddit.com/submit?url={url}&title={name}"),
        _target("email", "Email", f"mailto:?subject={name}&body={both}"),
    ]


def _target(name: str, label: str, url: str) -> ShareTarget:
    return {"name": name, "label": label, "url": url}


def shares(db: Session, course_id: int) -> dict[str, int]:
    """Return how often a course was shared on each network."""
    rows = select(ShareCount.target, ShareCount.shares).where(ShareCount.course_id == course_id)
    known = {row.target: row.shares for row in db.execute(rows)}
    return {network: known.get(network, 0) for network in NETWORKS}


def count(db: Session, course_id: int, network: str) -> None:
    """Count one share of a course on a network."""
    add_to(db, ShareCount.shares, [{"course_id": course_id, "target": network, "shares": 1}])


def qr_svg(link: str) -> bytes:
    """Return a QR code of `link` as an SVG document, dark on white, with a quiet zone."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", scale=6, border=4, light="white", xmldecl=False
    )
    return out.getvalue()
