from waitress.receiver import ChunkedReceiver
from waitress.utilities import Error

class ParsingError(Exception): ...

class HTTPRequestParser:
    headers: dict[str, str]
    header_plus: bytes
    headers_finished: bool
    completed: bool
    chunked: bool
    expect_continue: bool
    error: Error | None
    body_rcv: ChunkedReceiver
    proxy_netloc: str
    def received(self, data: bytes) -> int: ...
    def parse_header(self, header_plus: bytes) -> None: ...
