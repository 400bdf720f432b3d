"""Types of the request and the response, with everything that the shop adds to Pyramid's.

Each property is registered by the module that implements it (`config.add_request_method`), so that
requests of Pyramid's own class, as in a subrequest, have it too. This module only declares the
types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Generic

import pyramid.request
import pyramid.response
from pydantic import BaseModel
from typing_extensions import TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    from courseshop.views.authentication import Verified

Accepted_co = TypeVar(
    "Accepted_co", bound=BaseModel | None, covariant=True, default=BaseModel | None
)
Result = TypeVar("Result")
# The data that a view returns. The TypedDict of its page (`returns`) declares the keys of the JSON;
# the others are for the template, which accepts values of any type.
PageData = Mapping[str, object]


class Request(pyramid.request.Request, Generic[Accepted_co]):
    """A request; views declare the input of their page as in `Request[ReviewDraft]`.

    `accepted` is that input, or None if the page takes none. `db` and `connection` are the session
    and connection of `database`. `actor` is the current user or a guest. `faults` and `submitted`
    fill in a rejected form again. `places` are the URLs in the layout.
    """

    accepted: Accepted_co
    actor: Actor
    authentication: tuple[Actor, Credential | None]
    canonical: str | None
    connection: Connection
    context: Resource
    credential: Credential | None
    csrf_token: str | None
    database: RequestSession
    db: Session
    faults: Sequence[Fault]
    forms: tuple[str, ...]
    here: str
    id: str
    identity: Actor
    is_incomplete: bool
    notice: str | None
    passwords: Passwords
    places: dict[str, str]
    preview: str | None
    preview_has_pictures: bool
    principals: frozenset[str]
    query_faults: Sequence[Fault]
    response: Response
    refused_query: Mapping[str, str]
    return_to: str
    root: RootResource
    sent_csrf_token: str | None
    sent_fields: list[tuple[str, str]]
    settings: Settings
    submitted: dict[str, str]
    new_idempotency_key: str
    throttles: Throttles
    tm: TransactionManager
    verified: Verified | None

    if TYPE_CHECKING:

        def in_transaction(self, do: Callable[[Session], Result]) -> Result: ...


class Response(pyramid.response.Response):
    """A response; a login sets `pending_action` to what is performed next."""

    pending_action: PendingAction
