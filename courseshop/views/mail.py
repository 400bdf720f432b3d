"""How pages put a mail into the outbox."""

from __future__ import annotations

from typing import Any

from courseshop.services import mail


def mail_to(request: Any, kind: str, address: str, user_id: int | None) -> None:
    """Have `courseshop mail` write and send a message of this kind, in the reader's language."""
    mail.queue(
        request.db,
        kind,
        address,
        user_id=user_id,
        locale=request.locale_name,
        base_url=request.application_url[:500],
    )
