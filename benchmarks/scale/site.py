"""A shop in this process, asked without a network between."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import click
import orjson
from pyramid.paster import get_appsettings
from webob import Request

from courseshop import main
from courseshop.domain.shop import shop_of

FORMS = {"json": "application/json", "html": "text/html"}


class Cost(NamedTuple):
    """Seconds of one request: of this process's processors, and until the answer was there."""

    cpu: float
    elapsed: float


class Site:
    """The application of an .ini, which makes each page anew; `courses` is how many it lists."""

    def __init__(self, ini: str) -> None:
        # Sent again, a page costs the same in a shop of any size.
        self.app = main({}, **{**get_appsettings(ini), "courseshop.kept_mib": "0"})
        self.engine = shop_of(self.app.registry).engine
        self.database = self.engine.dialect.name
        self.courses = int(self.read("/courses?limit=1")["total"])

    def ask(self, url: str, form: str = "html") -> tuple[int, bytes, Cost]:
        """Return the status, the body and what they cost."""
        request = Request.blank(url, headers={"Accept": FORMS[form]})
        cpu, elapsed = time.process_time(), time.perf_counter()
        status, _headers, parts = request.call_application(self.app)
        body = b"".join(parts)
        cost = Cost(time.process_time() - cpu, time.perf_counter() - elapsed)
        return int(status[:3]), body, cost

    def read(self, url: str) -> Any:
        """Return what the shop answers as JSON; a ClickException when it does not."""
        status, body, _cost = self.ask(url, "json")
        if status != 200:
            raise click.ClickException(f"{url} answers {status}; is the shop filled?")
        return orjson.loads(body)
