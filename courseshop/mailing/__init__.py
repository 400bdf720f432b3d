"""Delivery of emails, which are jobs: compose each message, and send it.

Delivery is at least once: if a worker is killed after the server accepted a message and before that
is stored, the message is sent again, with the same Message-ID.
"""

from __future__ import annotations

from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import partial
from typing import TYPE_CHECKING

from pyramid.scripting import prepare

from courseshop.domain.clock import now
from courseshop.domain.shop import shop_of
from courseshop.domain.text import as_line
from courseshop.framework.request import Request
from courseshop.jobs import NEEDLESS, Later
from courseshop.mailing.messages import MESSAGES
from courseshop.mailing.transport import Outage, transport
from courseshop.services.mail import KIND, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pyramid.registry import Registry

    from courseshop.framework.configurator import Configurator
    from courseshop.jobs import RunningJob
    from courseshop.services.mail import Mail
    from courseshop.settings import Settings


def send(job: RunningJob) -> str:
    """Send the email of a job. Raises Later if the mail server accepts no mail at the moment."""
    message = compose(job.registry, parse(job.payload), job.id, job.created_at)
    if message is None:
        return NEEDLESS
    try:
        job.connections.get(shop_of(job.registry).transport)(message)
    except Outage as error:
        raise Later(f"the mail server accepts no mail: {error}") from error
    return "sent"


def compose(
    registry: Registry, mail: Mail, job_id: int, created_at: datetime
) -> EmailMessage | None:
    """Return the message of a job, None if it is needless: its reason or its account is gone.

    Raises KeyError for an unknown kind of message, and ValueError if links have no safe base URL.
    """
    shop = shop_of(registry).settings
    with request_for_links(registry, mail) as request:
        words = MESSAGES[mail.kind](request, mail)
    if words is None:
        return None
    message = EmailMessage()
    message["From"], message["To"] = shop.mail_from, mail.address
    # Titles that were stored by earlier releases may contain line breaks.
    message["Subject"] = as_line(words.subject)
    message["Date"] = format_datetime(now())
    domain = parseaddr(shop.mail_from)[1].rpartition("@")[2]
    message["Message-ID"] = f"<courseshop-{job_id}-{int(created_at.timestamp())}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join(words.paragraphs) + f"\n\n-- \n{shop.name}\n")
    return message


@contextmanager
def request_for_links(registry: Registry, mail: Mail) -> Iterator[Request]:
    """Yield a request that generates links to the shop, with the locale of the recipient."""
    request = Request.blank("/", base_url=base_url(shop_of(registry).settings, mail.base_url))
    with prepare(request=request, registry=registry):
        request.locale_name = mail.locale
        yield request


def base_url(shop: Settings, asked: str) -> str:
    """Return the base URL for links in a message: `courseshop.url`, or the request's (`asked`).

    A client can send any host, and a link to its host would leak the secret in the link. So only a
    development shop uses the URL of the request. Raises ValueError if neither is known.
    """
    if shop.url or asked:
        return shop.url or asked
    raise ValueError("courseshop.url: not set")


def includeme(config: Configurator) -> None:
    shop = shop_of(config.registry)
    shop.transport = partial(transport, shop.settings.mail, partial(print, flush=True))
    config.add_job(KIND, send)
