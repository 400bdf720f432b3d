"""Delivery of the outbox: claim each message, compose and send it, then store its state.

Delivery is at least once: if a sender is killed after the server accepted a message and before its
state is stored, the message is sent again, with the same Message-ID.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from typing import TYPE_CHECKING

from pyramid.scripting import prepare

from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.clock import now
from courseshop.domain.shop import shop_of
from courseshop.domain.text import as_line
from courseshop.framework.request import Request
from courseshop.mailing.messages import MESSAGES
from courseshop.mailing.transport import Outage
from courseshop.services import mail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyramid.registry import Registry

    from courseshop.models.rows import MailRow
    from courseshop.settings import Settings

log = logging.getLogger(__name__)


def send_all(registry: Registry, send: Callable[[EmailMessage], None]) -> dict[str, int]:
    """Send all due messages with `send`, and return their number by state.

    The states are sent, needless (the reason for the message is gone, or no account has this
    address), waiting (for a retry) and failed. An outage of the server ends the round, because the
    other messages would fail, too.
    """
    done = {"sent": 0, "needless": 0, "waiting": 0, "failed": 0}
    while (row := run_in_own_transaction(registry, mail.claim)) is not None:
        try:
            state = _send_one(registry, row, send)
        except Outage as error:
            reason = f"{type(error).__name__}: {error}"
            log.warning("courseshop.mail: the server accepts no mail, will retry: %s", error)
            run_in_own_transaction(registry, partial(mail.put_off, row=row, error=reason))
            done["waiting"] += 1
            break
        done[state] += 1
    return done


def _send_one(registry: Registry, row: MailRow, send: Callable[[EmailMessage], None]) -> str:
    try:
        message = compose(registry, row)
        if message is not None:
            send(message)
    except Outage:
        raise
    except Exception as error:  # noqa: BLE001 - a faulty message must not block the next ones
        reason = f"{type(error).__name__}: {error}"
        log.warning("mail %s was not sent: %s", row.id, reason)
        again = run_in_own_transaction(registry, lambda db: mail.fail(db, row, reason))
        return "waiting" if again else "failed"
    state = "needless" if message is None else "sent"
    # Retried on a lock conflict: if this state were lost, the mail would be sent again.
    run_in_own_transaction(registry, lambda db: mail.finish(db, row.id, state))
    return state


def compose(registry: Registry, row: MailRow) -> EmailMessage | None:
    """Return the message for a row of the outbox, None if it is needless (see `send_all`).

    Raises KeyError for an unknown kind of message, and ValueError if links have no safe base URL.
    """
    shop = shop_of(registry).settings
    with request_for_links(registry, row) as request:
        words = MESSAGES[row.kind](request, row)
    if words is None:
        return None
    message = EmailMessage()
    message["From"], message["To"] = shop.mail_from, row.address
    # Titles that were stored by earlier releases may contain line breaks.
    message["Subject"] = as_line(words.subject)
    message["Date"] = format_datetime(now())
    domain = parseaddr(shop.mail_from)[1].rpartition("@")[2]
    message["Message-ID"] = f"<courseshop-{row.id}-{int(row.created_at.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(words.paragraphs) + f"\n\n-- \n{shop.name}\n")
    return message


@contextmanager
def request_for_links(registry: Registry, row: MailRow) -> Iterator[Request]:
    """Yield a request that generates links to the shop, with the locale of the recipient."""
    request = Request.blank("/", base_url=base_url(shop_of(registry).settings, row.base_url))
    with prepare(request=request, registry=registry):
        request.locale_name = row.locale
        yield request


def base_url(shop: Settings, asked: str) -> str:
    """Return the base URL for links in a message: `courseshop.url`, or the request's (`asked`).

    A client can send any host, and a link to its host would leak the secret in the link. So only a
    development shop uses the URL of the request. Raises ValueError if neither is known.
    """
    if shop.url or asked:
        return shop.url or asked
    raise ValueError("courseshop.url: not set")
