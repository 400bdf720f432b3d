"""Emails to send: jobs of the kind "mail".

The text of an email is written when it is sent. So the request that queues it takes the same time
whether or not an account has the address, and no link that opens an account is stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from courseshop.services import job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue
    from sqlalchemy.orm import Session

KIND = "mail"


@dataclass(frozen=True, kw_only=True)
class Mail:
    """An email to compose; it is about the account `user_id` or the review `review_id`."""

    kind: str
    address: str
    user_id: int | None
    review_id: int | None = None
    locale: str
    base_url: str


MAIL = TypeAdapter(Mail)


def queue(  # noqa: PLR0913 - the facts of one message
    db: Session,
    kind: str,
    address: str,
    *,
    user_id: int | None,
    locale: str,
    base_url: str,
    review_id: int | None = None,
) -> None:
    """Queue an email in the transaction of `db`; for each review only one of a kind.

    After one that turned out to be needless, another can be queued for the same review.
    """
    mail = Mail(
        kind=kind,
        address=address,
        user_id=user_id,
        review_id=review_id,
        locale=locale,
        base_url=base_url,
    )
    key = None if review_id is None else f"{kind}:{review_id}"
    job.enqueue(db, KIND, MAIL.dump_python(mail), key=key)


def parse(payload: Mapping[str, JsonValue]) -> Mail:
    """Return the email that a job is about. Raises ValidationError if the payload is none."""
    return MAIL.validate_python(payload)
