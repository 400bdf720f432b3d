"""Deprecated pages: announce their removal to clients in response headers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import format_datetime
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError

if TYPE_CHECKING:
    from datetime import datetime

    from pyramid.response import Response

    from courseshop.framework.request import Request


@dataclass(frozen=True)
class Deprecation:
    """When a page is deprecated, when it is removed (`sunset`), and the URL that explains it.

    Both datetimes must be aware. `since` may be in the future (RFC 9745, section 2.1). Raises
    ConfigurationError for a naive datetime, or if the sunset is before the deprecation.
    """

    since: datetime
    sunset: datetime | None = None
    link: str | None = None

    def __post_init__(self) -> None:
        moments = [self.since] if self.sunset is None else [self.since, self.sunset]
        if any(one.tzinfo is None for one in moments):
            raise ConfigurationError("Deprecation: a moment without its offset from UTC")
        # RFC 9745, section 4.
        if moments != sorted(moments):
            raise ConfigurationError("Deprecation: the sunset is before the deprecation")

    def tell(self, _request: Request, response: Response) -> None:
        """Add `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link` headers to a response."""
        headers = response.headers
        headers["Deprecation"] = f"@{int(self.since.timestamp())}"
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(self.sunset.astimezone(UTC), usegmt=True)
        if self.link is not None:
            link = f'<{self.link}>; rel="deprecation"'
            headers["Link"] = ", ".join(filter(None, [headers.get("Link"), link]))
