"""The worker for gunicorn: its threaded one, with corrections."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gunicorn.workers.gthread import ThreadWorker

from courseshop.server import SWITCH_SECONDS

if TYPE_CHECKING:
    import socket

    from gunicorn.http.message import Request
    from gunicorn.workers.gthread import TConn


class Worker(ThreadWorker):
    """Refuses new connections as soon as it stops, and sends no 100 if there is no body.

    gunicorn's own worker keeps its sockets open while it finishes its requests, so that new
    connections are established, but never answered.
    """

    def init_process(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        super().init_process()

    def handle_request(self, req: Request, conn: TConn) -> bool:
        headers = dict(req.headers)
        if "TRANSFER-ENCODING" not in headers and not int(headers.get("CONTENT-LENGTH", "0")):
            req._expected_100_continue = False  # noqa: SLF001 - there is no other way
        return super().handle_request(req, conn)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            for listener in self.sockets:
                self.accept_waiting(listener)
                listener.close()
            self.sockets = []

    def accept_waiting(self, listener: socket.socket) -> None:
        """Accept the connections that wait in the listener's backlog."""
        before = -1
        while before < self.nr_conns < self.worker_connections:
            before = self.nr_conns
            self.accept(listener)
