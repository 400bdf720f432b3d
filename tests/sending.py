"""Send the waiting emails of a shop, to a list or to a mail server."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from courseshop.domain.shop import shop_of
from courseshop.jobs.worker import run_due
from courseshop.mailing.transport import transport
from courseshop.services.mail import KIND

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from email.message import EmailMessage

    from helpers import Shop

    Connect = Callable[[], AbstractContextManager[Callable[[EmailMessage], None]]]


def sent_by(shop: Shop) -> list[EmailMessage]:
    """Send due mails; return the messages."""
    sent: list[EmailMessage] = []
    send_with(shop, lambda: nullcontext(sent.append))
    return sent


def send_to(shop: Shop, port: int) -> dict[str, int]:
    """Send due mails by SMTP; return how many ended in each state."""
    return send_with(shop, lambda: transport(f"smtp://127.0.0.1:{port}", print))


def send_with(shop: Shop, connect: Connect) -> dict[str, int]:
    shop_of(shop.registry).transport = connect
    done = run_due(shop.registry, {KIND})
    return {outcome: number for (_kind, outcome), number in done.items()}
