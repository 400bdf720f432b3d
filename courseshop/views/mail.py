"""Email from views: queuing messages, and rate limits for each address."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPTooManyRequests

from courseshop.database.transactions import run_at_end, store_after
from courseshop.protection.throttling import network_of
from courseshop.services import mail

if TYPE_CHECKING:
    from limits import RateLimitItem
    from sqlalchemy.orm import Session

    from courseshop.framework.request import Request
    from courseshop.models.rows import UserRow


def mail_to(request: Request, kind: str, address: str, user_id: int | None) -> None:
    """Queue a message in the language of the request; `courseshop mail` renders and sends it."""
    queue(request, request.db, kind, address, user_id)


def mail_about(request: Request, kind: str, reader: UserRow, review_id: int) -> None:
    """Queue a message about a review, once, if the reader has a confirmed address."""
    if reader.email:
        mail.queue(
            request.db,
            kind,
            reader.email,
            user_id=reader.id,
            # The language of the reader is unknown.
            locale=request.settings.locales[0],
            base_url=base_url(request),
            review_id=review_id,
        )


def queue(request: Request, db: Session, kind: str, address: str, user_id: int | None) -> None:
    there = base_url(request)
    mail.queue(db, kind, address, user_id=user_id, locale=request.locale_name, base_url=there)


def base_url(request: Request) -> str:
    """Return the base URL for links in a message, used if the shop has no configured URL."""
    return request.application_url[:500]


def mail_all_the_same(request: Request, kind: str, address: str, user_id: int) -> None:
    """Queue a message even though the request is rejected, within the rate limits."""

    def send() -> None:
        with suppress(HTTPTooManyRequests):
            for limit, key in limits_of(request, address):
                request.throttles.count(limit, *key)
            store_after(request.registry, lambda db: queue(request, db, kind, address, user_id))

    run_at_end(request, send)


def limits_of(request: Request, address: str) -> list[tuple[RateLimitItem, tuple[str, ...]]]:
    """Return the rate limits for email to an address, each with the key of its counter."""
    shop, network = request.settings, network_of(request.actor.address)
    return [(shop.reset_limit, ("mail", address, network)), (shop.mail_limit, ("mail", address))]


def limit_mail(request: Request, address: str) -> None:
    """Raise HTTPTooManyRequests if too many emails to an address were requested.

    Call this before the request's transaction begins. The request only counts if it succeeds.
    """
    for limit, key in limits_of(request, address):
        request.throttles.check(limit, *key)
        count_if_done(request, limit, *key)


def count_if_done(request: Request, limit: RateLimitItem, *key: str) -> None:
    """Count toward a rate limit at the end of the request, unless it failed."""

    def count() -> None:
        if getattr(request, "exception", None) is None:
            with suppress(HTTPTooManyRequests):
                request.throttles.count(limit, *key)

    run_at_end(request, count)
