from waitress.buffers import OverflowableBuffer
from waitress.utilities import Error

class ChunkedReceiver:
    buf: OverflowableBuffer
    completed: bool
    error: Error | None
    def __init__(self, buf: OverflowableBuffer) -> None: ...
    def received(self, s: bytes) -> int: ...
    def getbuf(self) -> OverflowableBuffer: ...
