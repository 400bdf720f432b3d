from typing import Protocol

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser

class Queue(Protocol):
    def __len__(self) -> int: ...
    def append(self, channel: HTTPChannel, /) -> None: ...
    def popleft(self) -> HTTPChannel: ...

class ThreadedTaskDispatcher:
    queue: Queue

class WSGITask:
    request: HTTPRequestParser
    version: str
    @property
    def has_body(self) -> bool: ...
    def set_close_on_finish(self) -> None: ...
