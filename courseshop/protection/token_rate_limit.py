"""Rate limits of API tokens, and the headers that report the remaining quota.

The headers follow draft-ietf-httpapi-ratelimit-headers-10. A request is counted right after its
token is verified, before traversal, and only once, even if its transaction is retried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPTooManyRequests

from courseshop.domain.i18n import _

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request
    from courseshop.protection.throttling import Quota

# A key of the environ, which all attempts of a request share.
QUOTA = "courseshop.quota"
POLICY = "token"


def count(request: Request) -> None:
    """Count a request with a token. Raises HTTPTooManyRequests if it exceeds the limit."""
    proof, limit = request.credential, request.settings.token_limit
    if limit is None or proof is None:
        return
    environ = request.environ
    if QUOTA not in environ:
        environ[QUOTA] = request.throttles.spend(limit, POLICY, str(proof.id))
    request.add_response_callback(tell)
    if not environ[QUOTA].granted:
        raise too_many(environ[QUOTA])


def tell(request: Request, response: Response) -> None:
    """Set the response headers that report the limit and the remaining quota."""
    quota: Quota = request.environ[QUOTA]
    limit = quota.limit
    response.headers["RateLimit-Policy"] = f'"{POLICY}";q={limit.amount};w={limit.get_expiry()}'
    response.headers["RateLimit"] = f'"{POLICY}";r={quota.left};t={quota.seconds}'


def too_many(quota: Quota) -> HTTPTooManyRequests:
    return HTTPTooManyRequests(
        detail=_(
            "This API token has reached its limit of ${limit}. Please try again in ${seconds} "
            "seconds.",
            mapping={"limit": str(quota.limit), "seconds": quota.seconds},
        ),
        headers=[("Retry-After", str(quota.seconds))],
    )
