"""The shop's cookies: hidden from scripts, and only for the URLs below the shop's root."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.request import Request


def set_cookie(  # noqa: PLR0913 - the attributes of a cookie that differ
    request: Request,
    name: str,
    value: str,
    *,
    seconds: int,
    samesite: Literal["Lax", "Strict"] = "Lax",
    response: Response | None = None,
) -> None:
    """Set a cookie in `response`, by default the request's own, for so many seconds.

    The path is the prefix under which the shop is served, so other applications of the same host
    do not get the cookie.
    """
    (response or request.response).set_cookie(
        full_name(request, name),
        value,
        max_age=seconds,
        path=quote(request.script_name) or "/",
        secure=request.scheme == "https",
        httponly=True,
        samesite=samesite,
    )


def delete_cookie(request: Request, name: str, response: Response | None = None) -> None:
    set_cookie(request, name, "", seconds=0, response=response)


def read_cookie(request: Request, name: str) -> str | None:
    return request.cookies.get(full_name(request, name))


def full_name(request: Request, name: str) -> str:
    """Return the name of a cookie with its prefix, which makes browsers enforce its attributes.

    `__Host-` needs the path "/" (RFC 6265bis, 4.1.3), so under a path prefix it is `__Secure-`.
    """
    if request.scheme != "https":
        return name
    return f"__Secure-{name}" if request.script_name else f"__Host-{name}"
