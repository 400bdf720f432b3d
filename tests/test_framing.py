"""Request framing: a request that servers could read differently is 400 and ends the connection."""

from __future__ import annotations

import re
import socket
from contextlib import suppress

import pytest
from test_server import PSERVE, SEVERAL, documented, program
from waitress.adjustments import Adjustments

from courseshop.server.parser import LONGEST_LINE, Parser

pytestmark = pytest.mark.slow

BODY = b"5\r\nhello\r\n0\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked"
LENGTH = b"Content-Length: 5"
EXPECT = b"Expect: 100-continue"


def post(*headers, body=BODY, version=b"HTTP/1.1"):
    lines = [b"POST /courses " + version, b"Host: localhost", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def get(*headers, target=b"/livez", version=b" HTTP/1.1"):
    lines = [b"GET " + target + version, b"Host: localhost", *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunked(body):
    return post(CHUNKED, body=body)


# Every server of docs/serving.md answers these with 400 and closes the connection.
FAULTS_EVERYWHERE = {
    "a folded line": get(b"X-A: b", b" c"),
    "a folded line with a tab": get(b"X-A: b", b"\tc"),
    "a folded line of blanks": get(b"X-A: b", b" "),
    "a folded Host": get(b" .evil.example"),
    "a folded Content-Length": post(b"Content-Length:", b" 5", body=b"hello"),
    "a folded Transfer-Encoding": post(b"Transfer-Encoding:", b" chunked"),
    "a blank before the first header": b"GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "different lengths": post(LENGTH, b"Content-Length: 6", body=b"hello!"),
    "a list of lengths": post(b"Content-Length: 5, 5", body=b"hello"),
    "a signed length": post(b"Content-Length: +5", body=b"hello"),
    "an empty length": post(b"Content-Length:", body=b""),
    "a length of 5000 digits": post(b"Content-Length: " + b"9" * 5_000, body=b"hello"),
    "a blank before the colon": post(b"Content-Length : 5", body=b"hello"),
    "a line without a colon": get(b"X-A"),
    "a header without a name": get(b": b"),
    "a bare CR": get(b"X-A: b\rX-B: c"),
    "a NUL in a value": get(b"X-A: b\0c"),
    "a NUL in a name": get(b"X-\0A: b"),
    "a NUL in the target": get(target=b"/livez\0"),
    "a control character in the query": get(target=b"/livez?\x01"),
    "gzip alone": post(b"Transfer-Encoding: gzip", body=b"hello"),
    "chunked, but not last": post(b"Transfer-Encoding: chunked, gzip"),
    "chunked in HTTP/1.0": post(CHUNKED, b"Connection: keep-alive", version=b"HTTP/1.0"),
    "HTTP/2.0": get(version=b" HTTP/2.0"),
    "no version": get(version=b""),
    "a target that is no URL": get(target=b"http://[/livez"),
}  # fmt: skip
# granian accepts these, which RFC 9112 allows, too.
FAULTS = {
    "Content-Length and Transfer-Encoding": post(LENGTH, CHUNKED),
    "Transfer-Encoding and Content-Length": post(CHUNKED, LENGTH),
    "both, and a length of 0": post(b"Content-Length: 0", CHUNKED),
    "both, in a GET": get(LENGTH, CHUNKED) + BODY,
    "both, in HTTP/1.0": post(LENGTH, CHUNKED, version=b"HTTP/1.0"),
    "both, and the coding is identity": post(b"Transfer-Encoding: identity", LENGTH, body=b"hello"),
    "the same length twice": post(LENGTH, LENGTH, body=b"hello"),
    "chunked twice": post(b"Transfer-Encoding: chunked, chunked"),
    "chunked in two headers": post(CHUNKED, CHUNKED),
    "two hosts": get(b"Host: localhost"),
    "two hosts that differ": get(b"Host: evil.example"),
    "a bare LF in the headers": get(b"X-A: b\nX-B: c"),
    "a bare LF after the request line": b"GET /livez HTTP/1.1\nHost: localhost\r\n\r\n",
    "only bare LF": b"GET /livez HTTP/1.1\nHost: localhost\n\n",
    "a garbled chunk extension": chunked(b"5;@@=(\r\nhello\r\n0\r\n\r\n"),
    "a chunk extension with a bare LF": chunked(b"5;a\n\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with a bare LF": chunked(b"5\n\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with a sign": chunked(b"+5\r\nhello\r\n0\r\n\r\n"),
    "a chunk size with a prefix": chunked(b"0x5\r\nhello\r\n0\r\n\r\n"),
    "a chunk that is longer than its size": chunked(b"5\r\nhello!\r\n0\r\n\r\n"),
    "a blank line before a chunk": chunked(b"\r\n5\r\nhello\r\n0\r\n\r\n"),
    "a folded trailer": chunked(b"5\r\nhello\r\n0\r\nX-A: b\r\n c\r\n\r\n"),
    "a trailer without a colon": chunked(b"5\r\nhello\r\n0\r\ngarbage\r\n\r\n"),
}  # fmt: skip
# On other servers, an unknown coding is 501.
FAULTS_HERE = {
    "Content-Length and no coding": post(b"Transfer-Encoding:", LENGTH, body=b"hello"),
    "an unknown coding": post(b"Transfer-Encoding: rot13"),
    "a coding with a parameter": post(b"Transfer-Encoding: chunked;q=1"),
    "no coding": post(b"Transfer-Encoding:", body=b""),
}


@pytest.fixture(scope="module", params=[PSERVE, *SEVERAL], ids=program)
def server(request, demo_ini, tmp_path_factory):
    """Return the port of each documented server."""
    folder = tmp_path_factory.mktemp(program(request.param))
    (folder / "production.ini").write_text(demo_ini.read_text())
    with documented(request.param, folder) as (_process, port):
        yield port


def exchange(port, sent):
    """Send bytes; return the statuses of the responses, and whether the connection was closed."""
    received, closed = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        with suppress(ConnectionResetError, TimeoutError):
            while part := connection.recv(65_536):
                received += part
            closed = True
    found = re.findall(rb"^HTTP/1\.[01] (\d{3})", received, re.MULTILINE)
    return [int(status) for status in found], closed


strict = pytest.mark.parametrize("server", [PSERVE, SEVERAL[0]], ids=program, indirect=True)
ours = pytest.mark.parametrize("server", [PSERVE], indirect=True)


def each(faults):
    return pytest.mark.parametrize("sent", faults.values(), ids=faults)


@each(FAULTS_EVERYWHERE)
def test_every_server_refuses_ambiguous_requests_and_closes_connection(server, sent):
    assert exchange(server, sent) == ([400], True)


@strict
@each(FAULTS)
def test_waitress_and_gunicorn_refuse_more_ambiguous_requests(server, sent):
    assert exchange(server, sent) == ([400], True)


@ours
@each(FAULTS_HERE)
def test_waitress_refuses_unknown_codings(server, sent):
    assert exchange(server, sent) == ([400], True)


@pytest.mark.parametrize("sent", [get(LENGTH, CHUNKED) + BODY, get(CHUNKED, LENGTH) + BODY])
def test_no_server_answers_the_request_after_one_with_two_lengths(server, sent):
    statuses, closed = exchange(server, sent + get())
    assert (len(statuses), closed) == (1, True)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (get(EXPECT, b"Connection: close"), 200),
        (get(EXPECT, b"Connection: close").replace(b"GET", b"HEAD"), 200),
        (post(EXPECT, b"Connection: close", body=b""), 401),
        (post(EXPECT, b"Content-Length: 0", b"Connection: close", body=b""), 401),
        (post(EXPECT, b"Content-Length: x", body=b""), 400),
    ],
    ids=["GET", "HEAD", "POST", "a length of 0", "no number"],
)
def test_request_without_a_body_gets_no_100_continue(server, sent, status):
    assert exchange(server, sent) == ([status], True)


@ours
@pytest.mark.parametrize("length", [b"Content-Length: 99999999", b"Content-Length: " + b"9" * 30])
def test_body_that_is_too_large_gets_413_and_no_100_continue(server, length):
    assert exchange(server, post(EXPECT, length, body=b"")) == ([413], True)


def test_request_with_a_body_gets_100_continue(server):
    sent = post(EXPECT, b"Content-Length: 2", b"Connection: close", body=b"")
    with socket.create_connection(("127.0.0.1", server), timeout=10) as connection:
        connection.sendall(sent)
        assert connection.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 4")


@ours
def test_the_host_of_the_target_takes_precedence(server):
    """RFC 9112, section 3.2.2."""
    for target, host in ((b"http://shop.example/courses/", b"shop.example"), (b"/courses/", b"x")):
        asked = get(target=target).replace(b"Host: localhost", b"Host: x")
        with socket.create_connection(("127.0.0.1", server), timeout=10) as connection:
            connection.sendall(asked)
            assert b"\r\nLocation: http://" + host + b"/courses\r\n" in connection.recv(65_536)


def parsed(*packets):
    """Feed packets to a parser; return the parser and the bytes that it left over."""
    parser = Parser(Adjustments())
    for packet in packets:
        rest = packet[parser.received(packet) :]
        while rest and not parser.completed:
            rest = rest[parser.received(rest) :]
    return parser, rest


GOOD = chunked(b'5;a=b;c="d;e";f\r\nhello\r\n00A\r\n world, 12\r\n0;g\r\nX-A: b\r\nX-B:\r\n\r\n')


def test_a_chunked_body_may_be_split_anywhere():
    for cut in range(1, len(GOOD)):
        parser, rest = parsed(GOOD[:cut], GOOD[cut:] + b"next")
        assert (parser.error, parser.completed, rest) == (None, True, b"next")
        assert parser.get_body_stream().read() == b"hello world, 12"
        assert parser.headers["CONTENT_LENGTH"] == "15"


@pytest.mark.parametrize("begin", [b"5;a=", b"0\r\nX-A: "], ids=["extension", "trailer"])
def test_line_between_chunks_is_400_if_it_is_too_long(begin):
    parser, _rest = parsed(chunked(begin), b"x" * LONGEST_LINE)
    assert parser.completed
    assert parser.error.code == 400


def test_parser_stops_reading_a_line_that_is_too_long():
    parser, _rest = parsed(chunked(b"5;a="), *[b"x"] * (2 * LONGEST_LINE))
    assert parser.body_bytes_received <= LONGEST_LINE + 2
