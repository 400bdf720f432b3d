"""The queue of requests that wait for a thread of waitress."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waitress.channel import HTTPChannel

READS = {"GET", "HEAD"}


class FairQueue:
    """Two FIFO queues that take turns: reads (GET and HEAD), and all other requests.

    However many logins are waiting, at most one of them is served before the next read.
    """

    def __init__(self) -> None:
        self._reads: deque[HTTPChannel] = deque()
        self._others: deque[HTTPChannel] = deque()
        self._lanes = [self._reads, self._others]

    def __len__(self) -> int:
        return sum(map(len, self._lanes))

    def append(self, channel: HTTPChannel) -> None:
        # A request that could not be parsed has no method.
        is_read = getattr(channel.requests[0], "command", "") in READS
        (self._reads if is_read else self._others).append(channel)

    def popleft(self) -> HTTPChannel:
        first, second = self._lanes
        self._lanes.reverse()
        return (first or second).popleft()
