"""Connections: when they are closed, and how their requests are parsed."""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.task import WSGITask

from courseshop.server.parser import Parser


class Task(WSGITask):
    """Decides whether the connection stays open after a response.

    waitress would close it after a response without a body, such as a 304, because that has no
    Content-Length. But such a response ends with its headers (RFC 9112, section 6.3).
    """

    def set_close_on_finish(self) -> None:
        asked = self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked or self.version != "1.1":
            super().set_close_on_finish()

    def build_response_header(self) -> bytes:
        """Return the head; the last response of a server that stops says `Connection: close`."""
        if not self.channel.server.accepting and len(self.channel.requests) == 1:
            super().set_close_on_finish()
        return super().build_response_header()


class Channel(HTTPChannel):
    task_class = Task
    parser_class = Parser

    @property
    def idle(self) -> bool:
        """Whether no request is being received or answered."""
        return not self.requests and self.request is None
