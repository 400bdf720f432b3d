"""The request and the response, with all that the shop adds to Pyramid's.

Each property is registered by the module that makes it (`config.add_request_method`), so that a
request of Pyramid's own class, as in a subrequest, has them too. This page only says their types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic

import pyramid.request
import pyramid.response
from pydantic import BaseModel
from typing_extensions import TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session
    from transaction import TransactionManager

    from courseshop.database.request_session import RequestSession
    from courseshop.domain.actor import Actor
    from courseshop.framework.input import Fault
    from courseshop.framework.pending_action import PendingAction
    from courseshop.framework.resource import Resource, RootResource
    from courseshop.protection.passwords import Passwords
    from courseshop.protection.throttling import Throttles
    from courseshop.security import Credential
    from courseshop.settings import Settings

Accepted_co = TypeVar(
    "Accepted_co", bound=BaseModel | None, covariant=True, default=BaseModel | None
)
# What a view returns for both forms. The TypedDict of its page (`returns`) says what JSON has of
# it; the rest is for the template, which takes values of any type.
PageData = Mapping[str, object]


class Request(pyramid.request.Request, Generic[Accepted_co]):
    """A request; a view says by `Request[ReviewDraft]` what its page accepts.

    `accepted` is the input of the page (None: it has none), `db` and `connection` are those of
    `database`, `actor` is the current user or a guest. `faults` and `submitted` fill a refused form
    in again, `places` are the URLs in the layout.
    """

    accepted: Accepted_co
    actor: Actor
    authenticated: tuple[Actor, Credential | None]
    canonical: str | None
    connection: Connection
    context: Resource
    credential: Credential | None
    csrf_token: str | None
    database: RequestSession
    db: Session
    faults: Sequence[Fault]
    forms: tuple[str, ...]
    id: str
    identity: Actor
    notice: str | None
    passwords: Passwords
    places: dict[str, str]
    preview: str | None
    principals: frozenset[str]
    response: Response
    root: RootResource
    sent_csrf_token: str | None
    sent_fields: list[tuple[str, str]]
    settings: Settings
    submitted: dict[str, str]
    throttles: Throttles
    tm: TransactionManager


class Response(pyramid.response.Response):
    """A response of the shop; `pending_action` is what a log-in has performed next."""

    pending_action: PendingAction
