"""The server's event loop, which ends gracefully."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from waitress import wasyncore

from courseshop.server.channel import Channel

if TYPE_CHECKING:
    from types import FrameType

    from waitress.server import BaseWSGIServer, MultiSocketServer


class Loop:
    """Runs a server until SIGTERM or SIGINT, and then until its requests are answered.

    waitress's own loop ends at once, or flushes nothing more while its threads finish.
    """

    def __init__(
        self,
        server: BaseWSGIServer | MultiSocketServer,
        listeners: list[BaseWSGIServer],
        sockets: dict[int, wasyncore.dispatcher],
    ) -> None:
        self.server = server
        self.listeners = listeners
        self.sockets = sockets
        self.stopping = False

    def run(self, graceful_timeout: int) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)
        while not self.stopping:
            self.wait(self.server.adj.asyncore_loop_timeout)
        for listener in self.listeners:
            close(listener)
        # Read what clients have already sent before any connection counts as idle.
        self.wait(0)
        self.finish(time.monotonic() + graceful_timeout)

    def stop(self, number: int, _frame: FrameType | None) -> None:
        """End the loop. A second signal ends the process at once."""
        signal.signal(number, signal.SIG_DFL)
        self.stopping = True
        self.listeners[0].pull_trigger()

    def wait(self, seconds: float) -> None:
        """Wait for the next events and handle them."""
        poll = self.server.adj.asyncore_use_poll
        wasyncore.loop(timeout=seconds, use_poll=poll, map=self.sockets, count=1)

    def finish(self, deadline: float) -> None:
        """Answer the requests that have begun to arrive, and close idle connections."""
        while (channels := self.channels()) and time.monotonic() < deadline:
            for channel in channels:
                if channel.idle:
                    channel.close_when_flushed = True
            self.wait(self.server.adj.asyncore_loop_timeout)
        # Threads may still run requests whose clients have left, or work after a response.
        self.server.task_dispatcher.shutdown(timeout=max(1, deadline - time.monotonic()))

    def channels(self) -> list[Channel]:
        return [one for one in self.sockets.values() if isinstance(one, Channel)]


def close(listener: BaseWSGIServer) -> None:
    """Accept the connections that wait in the backlog, then refuse new ones."""
    before = -1
    while before < len(listener.active_channels):
        before = len(listener.active_channels)
        listener.handle_accept()
    # The listener's own close() would also close its trigger, which its channels still pull.
    wasyncore.dispatcher.close(listener)
