"""Requests are parsed strictly: 400, and the connection is closed (RFC 9112, sections 2 to 7).

waitress accepts requests whose end, host or headers another server, such as a proxy, could read
differently. Then one request could be smuggled inside another.
"""

from __future__ import annotations

import re

from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.rfc7230 import CHUNK_EXT, HEADER_FIELD_RE
from waitress.utilities import BadRequest

BARE_LF = re.compile(rb"(?<!\r)\n")
CONTROL = re.compile(rb"[\x00-\x1f\x7f]")
FOLDED = re.compile(rb"\r\n[ \t]")
# The headers that say where a request ends and to which host it goes.
FRAMING = re.compile(rb"\r\n(host|content-length|transfer-encoding):([^\r]*)", re.IGNORECASE)
HTTP_1 = re.compile(rb" HTTP/1\.[0-9] *\Z")
CHUNK_SIZE = re.compile(b"([0-9A-Fa-f]+)" + CHUNK_EXT.encode())
LONGEST_LINE = 4_096


class Parser(HTTPRequestParser):
    path = ""  # waitress logs the path even if it could not be parsed

    def received(self, data: bytes) -> int:
        consumed = super().received(data)
        begun = not (self.completed or self.headers_finished)
        if begun and BARE_LF.search(self.header_plus):
            # The blank line that ends the headers would never come.
            self.error = BadRequest("Bare LF in the headers")
            self.completed = True
        if self.completed:
            # Nothing more is expected, so the final response follows, without a 100 (RFC 9110,
            # section 10.1.1). waitress would send a 100 and wait for a body.
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the request line and the headers; raise ParsingError if they are ambiguous."""
        request_line = header_plus.partition(b"\r\n")[0]
        check_request_line(request_line)
        check_headers(header_plus, request_line)
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            # Too many digits in Content-Length, or a malformed IPv6 address in the target.
            raise ParsingError(str(error)) from None
        if self.chunked:
            self.body_rcv = ChunkedBody(self.body_rcv.getbuf())
        if self.proxy_netloc and "HOST" in self.headers:
            # The host of an absolute target takes precedence (section 3.2.2).
            self.headers["HOST"] = self.proxy_netloc


def check_request_line(line: bytes) -> None:
    if CONTROL.search(line):
        raise ParsingError("Control character in the request line")
    if not HTTP_1.search(line):
        raise ParsingError("The protocol is not HTTP/1.0 or HTTP/1.1")


def check_headers(header_plus: bytes, request_line: bytes) -> None:
    if FOLDED.search(header_plus):
        raise ParsingError("Folded header line")
    values: dict[bytes, list[bytes]] = {}
    for name, value in FRAMING.findall(header_plus):
        values.setdefault(name.lower(), []).append(value)
    if len(values.get(b"host", ())) > 1:
        raise ParsingError("More than one Host header")
    if b"transfer-encoding" in values:
        if b"content-length" in values:
            raise ParsingError("Content-Length together with Transfer-Encoding")
        check_codings(b",".join(values[b"transfer-encoding"]), request_line)


def check_codings(value: bytes, request_line: bytes) -> None:
    if not request_line.rstrip().endswith(b"HTTP/1.1"):
        raise ParsingError("Transfer-Encoding needs HTTP/1.1")
    codings = [coding.strip(b" \t").lower() for coding in value.split(b",")]
    if codings[-1] != b"chunked" or codings.count(b"chunked") > 1:
        raise ParsingError("Transfer-Encoding does not end with one chunked coding")


class ChunkedBody(ChunkedReceiver):
    """Decodes a chunked body: a size, data of that size, and so on, then trailers (section 7.1).

    waitress accepts bare LF and blank lines between chunks, ignores malformed trailers, and copies
    a long line again for each packet.
    """

    line = b""  # begun, without its end
    remaining = 0  # bytes of data in the current chunk
    after_data = False
    after_last_chunk = False

    def received(self, data: bytes) -> int:
        """Decode `data` and return how many bytes belonged to the body."""
        rest = data
        while rest and not self.completed and not self.error:
            rest = self.take_data(rest) if self.remaining else self.take_line(rest)
        return len(data) - len(rest)

    def take_data(self, data: bytes) -> bytes:
        """Store the data of a chunk and return the rest."""
        chunk = data[: self.remaining]
        self.buf.append(chunk)
        self.remaining -= len(chunk)
        self.after_data = not self.remaining
        return data[len(chunk) :]

    def take_line(self, data: bytes) -> bytes:
        """Interpret a line and return the rest."""
        line, end, rest = (self.line + data).partition(b"\r\n")
        self.line = b"" if end else line
        if len(line) > LONGEST_LINE or (end and not self.is_expected(line)):
            self.error = BadRequest("The chunked body is malformed")
        return rest

    def is_expected(self, line: bytes) -> bool:
        """Return whether this line may come next, and remember what follows it."""
        if self.after_data:
            self.after_data = False
            return not line
        if self.after_last_chunk:
            self.completed = not line
            return self.completed or bool(HEADER_FIELD_RE.fullmatch(line))
        size = CHUNK_SIZE.fullmatch(line)
        if size is not None:
            self.remaining = int(size[1], 16)
            self.after_last_chunk = not self.remaining
        return size is not None
