"""Rate limits of API tokens and sessions, and the headers that report the remaining quota.

The headers follow draft-ietf-httpapi-ratelimit-headers-10. A request is counted right after its
token or session is verified, and only once, even if its transaction is retried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pyramid.httpexceptions import HTTPTooManyRequests
from translationstring import TranslationString

from courseshop.domain.i18n import _

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.protection.throttling import Quota

    Policy = Literal["token", "session"]

# Keys of the environ, which all attempts of a request share. Malformed requests do not count.
QUOTA, UNCOUNTED = "courseshop.quota", "courseshop.uncounted"
EXCEEDED = {
    "token": _(
        "This API token has reached its limit of ${limit}. Please try again in ${seconds} s."
    ),
    "session": _("You've reached the limit of ${limit}. Please try again in ${seconds} s."),
}


def count(request: Request, policy: Policy, credential_id: int) -> None:
    """Count a request with a token or session (`policy`).

    Raises HTTPTooManyRequests if it exceeds the limit.
    """
    settings = request.settings
    limit = settings.token_limit if policy == "token" else settings.session_limit
    if limit is None or UNCOUNTED in request.environ:
        return
    if QUOTA not in request.environ:
        # Else each request for a page would write, and wait for the database's lock.
        throttles = request.throttles.cheap if policy == "session" else request.throttles
        request.environ[QUOTA] = policy, throttles.spend(limit, policy, str(credential_id))
    request.add_response_callback(tell)
    _policy, quota = quota_of(request)
    if not quota.granted:
        raise too_many(policy, quota)


def quota_of(request: Request) -> tuple[Policy, Quota]:
    found: tuple[Policy, Quota] = request.environ[QUOTA]
    return found


def tell(request: Request, response: Response) -> None:
    """Set the response headers that report the limit and the remaining quota."""
    policy, quota = quota_of(request)
    limit = quota.limit
    response.headers["RateLimit-Policy"] = f'"{policy}";q={limit.amount};w={limit.get_expiry()}'
    response.headers["RateLimit"] = f'"{policy}";r={quota.left};t={quota.seconds}'


def too_many(policy: Policy, quota: Quota) -> HTTPTooManyRequests:
    # The library says "per 1 minute".
    limit = str(quota.limit).replace(" per 1 ", " per ")
    facts = {"limit": limit, "seconds": quota.seconds}
    return HTTPTooManyRequests(
        detail=TranslationString(EXCEEDED[policy], mapping=facts),
        headers=[("Retry-After", str(quota.seconds))],
    )
