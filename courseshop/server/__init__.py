"""Waitress, as `use = egg:courseshop` runs it: one process, with what stock waitress gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import WSGITask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed.wsgi import WSGIApplication
    from waitress.wasyncore import dispatcher


class Task(WSGITask):
    """A response without a body, such as a 304, leaves the connection open.

    Waitress would close it, because the response has no length; but such a response ends with its
    headers (RFC 9112, section 6.3).
    """

    def set_close_on_finish(self) -> None:
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1":
            super().set_close_on_finish()


class Channel(HTTPChannel):
    task_class = Task


def main(app: WSGIApplication, _global_config: Mapping[str, str], **settings: str) -> int:
    """Serve `app` until the process is stopped; `settings` are those of waitress.

    Raises ConfigurationError for `workers`: several processes are the job of gunicorn or granian.
    """
    if "workers" in settings:
        raise ConfigurationError(
            "workers: this server is one process; remove the line, and see docs/serving.md for "
            "several, by gunicorn or granian"
        )
    sockets: dict[int, dispatcher] = {}
    server = create_server(app, map=sockets, **settings)
    for one in sockets.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = Channel
    server.print_listen("Serving on http://{}:{}")
    server.run()
    return 0
