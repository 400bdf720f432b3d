"""Pages that will go: what their answers tell programs, before it happens."""

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
    """Since when a page should not be used, when it ends, and the URL that says what instead.

    Both moments are aware of their offset; the first may be to come (RFC 9745, section 2.1). Raises
    ConfigurationError for one without an offset, or when the end is before the beginning.
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
        """Put it into an answer: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`."""
        headers = response.headers
        headers["Deprecation"] = f"@{int(self.since.timestamp())}"
        if self.sunset is not None:
            headers["Sunset"] = format_datetime(self.sunset.astimezone(UTC), usegmt=True)
        if self.link is not None:
            link = f'<{self.link}>; rel="deprecation"'
            headers["Link"] = ", ".join(filter(None, [headers.get("Link"), link]))
