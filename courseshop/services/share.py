"""Links that offer a page to others: real URLs of the networks, no script, no tracking."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import segno
from sqlalchemy import select

from courseshop.models import ShareCount
from courseshop.schemas.course import NETWORKS
from courseshop.services.unique import add_to

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.schemas.course import ShareTarget


def targets(link: str, title: str) -> list[ShareTarget]:
    """Return where `link` can be shared, each with its URL complete and encoded."""
    text = f"{title} {link}"
    mail = urlencode({"subject": title, "body": text}, quote_via=quote)
    return [
        _target("facebook", "Facebook", "https://www.facebook.com/sharer/sharer.php", u=link),
        _target("x", "X", "https://x.com/intent/post", url=link, text=title),
        _target(
            "linkedin", "LinkedIn", "https://www.linkedin.com/sharing/share-offsite/", url=link
        ),
        _target("whatsapp", "WhatsApp", "https://wa.me/", text=text),
        _target("telegram", "Telegram", "https://t.me/share/url", url=link, text=title),
        _target("bluesky", "Bluesky", "https://bsky.app/intent/compose", text=text),
        _target("reddit", "Reddit", "https://www.reddit.com/submit", url=link, title=title),
        {"name": "email", "label": "E-mail", "url": f"mailto:?{mail}"},
    ]


def _target(name: str, label: str, base: str, **query: str) -> ShareTarget:
    # %20, not "+": some of the networks show the plus.
    return {"name": name, "label": label, "url": f"{base}?{urlencode(query, quote_via=quote)}"}


def shares(db: Session, course_id: int) -> dict[str, int]:
    """Return how often the page of a course led to each network."""
    rows = select(ShareCount.target, ShareCount.shares).where(ShareCount.course_id == course_id)
    known = {row.target: row.shares for row in db.execute(rows)}
    return {network: known.get(network, 0) for network in NETWORKS}


def count(db: Session, course_id: int, network: str) -> None:
    """Add one to how often a course was shared there."""
    add_to(db, ShareCount.shares, {"course_id": course_id, "target": network})


def qr_svg(link: str) -> bytes:
    """Return a QR code of `link` as an SVG document, dark on white, with a quiet zone."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", scale=6, border=4, light="white", xmldecl=False
    )
    return out.getvalue()
