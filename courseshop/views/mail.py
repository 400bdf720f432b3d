"""How pages put a mail into the outbox, and how many to one address."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPTooManyRequests

from courseshop.database.transactions import run_at_end, store_after
from courseshop.protection.throttling import network_of
from courseshop.services import mail

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def mail_to(request: Any, kind: str, address: str, user_id: int | None) -> None:
    """Have `courseshop mail` write and send a message of this kind to whoever asks for it."""
    queue(request, request.db, kind, address, user_id)


def mail_about(request: Any, kind: str, reader: Any, review_id: int) -> None:
    """Have somebody told of a review, if they have confirmed an address, and were not told before.

    `reader` has the columns of `services.user.find`.
    """
    if reader.email and not mail.was_told(request.db, kind, review_id):
        # Which language they read is not known.
        facts = {"locale": request.settings.locales[0], "review_id": review_id}
        queue(request, request.db, kind, reader.email, reader.id, **facts)


def queue(
    request: Any, db: Session, kind: str, address: str, user_id: int | None, **facts: Any
) -> None:
    known = {"locale": request.locale_name, "base_url": request.application_url[:500], **facts}
    mail.queue(db, kind, address, user_id=user_id, **known)


def mail_all_the_same(request: Any, kind: str, address: str, user_id: int) -> None:
    """Have a message sent although the request is refused, unless too many are."""

    def send() -> None:
        with suppress(HTTPTooManyRequests):
            for limit, *what in limits_of(request, address):
                request.throttles.count(limit, *what)
            store_after(request.registry, lambda db: queue(request, db, kind, address, user_id))

    run_at_end(request, send)


def limits_of(request: Any, address: str) -> list[tuple[Any, ...]]:
    """Return the limits for mail to an address, and what each is counted for."""
    shop, network = request.settings, network_of(request.actor.address)
    return [(shop.reset_limit, "mail", address, network), (shop.mail_limit, "mail", address)]


def limit_mail(request: Any, address: str) -> None:
    """Raise HTTPTooManyRequests when too much mail to this address was asked for.

    Before the request's transaction; it counts only if the request is stored in the end.
    """
    for limit, *what in limits_of(request, address):
        request.throttles.check(limit, *what)
        count_if_done(request, limit, *what)


def count_if_done(request: Any, limit: Any, *what: str) -> None:
    """Count at the request's end, unless it failed: what was not done was not too often."""

    def count() -> None:
        if getattr(request, "exception", None) is None:
            with suppress(HTTPTooManyRequests):
                request.throttles.count(limit, *what)

    run_at_end(request, count)
