"""The server of `use = egg:courseshop`: waitress in one process, with two changes.

Connections stay open after a 304, and requests that only read do not queue behind all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from pyramid.router import Router
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

from courseshop.domain.shop import shop_of
from courseshop.server.fair_queue import FairQueue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIApplication
    from waitress.wasyncore import dispatcher

# The default of waitress.
THREADS = "4"


class Task(WSGITask):
    """Keeps the connection open after a response without a body, such as a 304.

    waitress would close it, because the response has no Content-Length. But such a response ends
    with its headers (RFC 9112, section 6.3).
    """

    def set_close_on_finish(self) -> None:
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1":
            super().set_close_on_finish()


class Channel(HTTPChannel):
    task_class = Task


def main(app: WSGIApplication, _global_config: Mapping[str, str], **settings: str) -> int:
    """Serve `app` until the process is stopped, with the `settings` of waitress.

    Raises ConfigurationError for the setting `workers`, because this server runs in one process,
    and if the shop was told of more `threads` than there are.
    """
    if "workers" in settings:
        raise ConfigurationError(
            "workers: this server runs in one process; remove the setting. See docs/serving.md to "
            "run several processes with gunicorn or granian"
        )
    if isinstance(app, Router):
        check_threads(int(settings.get("threads", THREADS)), app)
    sockets: dict[int, dispatcher] = {}
    server = create_server(app, map=sockets, **settings)
    queue = FairQueue()
    for one in sockets.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = Channel
            one.task_dispatcher.queue = queue
    server.print_listen("Serving on http://{}:{}")
    server.run()
    return 0


def check_threads(threads: int, app: Router) -> None:
    """Raise ConfigurationError if the server has fewer threads than the shop counts on."""
    expected = shop_of(app.registry).settings.threads
    if threads < expected:
        raise ConfigurationError(
            f"threads: {threads} is too few; expected at least courseshop.threads = {expected}"
        )
