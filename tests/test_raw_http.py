"""Raw bytes against the real server: whatever is sent, the shop never fails (no 5xx)."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from helpers import serving
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.slow

MANY = settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
PATHS = st.sampled_from(
    [b"/", b"/courses", b"/courses/backend-with-python", b"/courses/backend-with-python/reviews",
     b"/courses/backend-with-python/share", b"/categories/design", b"/people/ann", b"/account/login",
     b"/static/shop.css", b"/openapi.json", b"/livez"]
)  # fmt: skip
NASTY = st.sampled_from(
    [b"%00", b"%ff", b"%c3%28", b"%ed%a0%80", b"%2e%2e", b"%2F", b"..", b"//", b"@@", b"%0d%0a", b"%", b"%zz",
     b"\xff", b"\x00", b"\x7f", b"?", b"#", b"&", b"=", b";", b"+", b"'", b'"', b"<", b"\\", b"*", b"[", b"{0}",
     b"${x}", b"%s", b"a" * 9_000, b"%F0%9F%98%80", b"\xc3\xa9", b"limit=", b"after=", b"next=", b"A" * 22]
)  # fmt: skip
PIECES = st.lists(st.one_of(NASTY, PATHS, st.binary(max_size=6)), max_size=5).map(b"".join)
METHODS = st.one_of(
    st.sampled_from(
        [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT"]
    ),
    st.from_regex(rb"\A[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}\Z"),
)
NAMES = st.sampled_from(
    [b"Host", b"Accept", b"Accept-Language", b"Accept-Encoding", b"Content-Type", b"Content-Length", b"Cookie",
     b"If-None-Match", b"If-Match", b"If-Modified-Since", b"Range", b"Authorization", b"Origin", b"X-Forwarded-For",
     b"X-Forwarded-Host", b"X-Forwarded-Proto", b"Forwarded", b"X-Vhm-Root", b"Transfer-Encoding", b"Expect",
     b"Connection", b"X-Request-Id", b"Referer", b"User-Agent"]
)  # fmt: skip
VALUES = st.one_of(
    st.binary(max_size=40),
    PIECES,
    st.sampled_from(
        [b"", b"*", b"*/*", b"text/html;q=x", b"application/json", b"application/json; charset=x", b"en;q=", b'W/"x"',
         b'"1.x", *', b"bytes=0-1,5-", b"bytes=-", b"Thu, 99 Foo 2026", b"chunked", b"-1", b"1e3", b"9" * 30,
         b"localhost:6543", b"[::1", b"a b", b"multipart/form-data", b"application/x-www-form-urlencoded", b"=;=,=",
         b"Bearer x", b"100-continue", b"session=\x80"]
    ),
)  # fmt: skip
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=4)
BODIES = st.one_of(
    st.just(b""),
    st.binary(max_size=60),
    st.sampled_from([b"{", b"{}", b"[" * 2_000, b"a=%ff&b", b"\x00"]),
)


@pytest.fixture(scope="module")
def server(demo_ini):
    with serving(demo_ini) as base:
        yield urlsplit(base)


def statuses(server, sent):
    """Return the statuses of the responses to these bytes: none if the server hangs up."""
    with socket.create_connection((server.hostname, server.port), timeout=10) as connection:
        received = b""
        # The server may respond and hang up before it has read everything.
        with suppress(OSError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with suppress(OSError):
            while part := connection.recv(65_536):
                received += part
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", received, re.MULTILINE)]


def request(method, target, headers, body):
    given_names = {name.lower() for name, _value in headers}
    lines = [method + b" " + target + b" HTTP/1.1", b"Connection: close"]
    if b"host" not in given_names:
        lines.append(b"Host: localhost")
    if body and b"content-length" not in given_names:
        lines.append(b"Content-Length: " + str(len(body)).encode())
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def is_no_failure(status):
    # waitress sends 501 for an unknown transfer coding, as RFC 9112 (section 6.1) wants.
    return status < 500 or status == 501


@MANY
@given(METHODS, PATHS, PIECES, HEADERS, BODIES)
@example(b"GET", b"/courses", b"?limit=%00", [], b"")
@example(b"GET", b"/courses", b"?after=" + b"_" * 22, [], b"")
@example(b"POST", b"/courses", b"", [(b"Content-Type", b"application/json; charset=x")], b"{}")
def test_no_request_makes_the_shop_fail(server, method, path, pieces, headers, body):
    answers = statuses(server, request(method, path + pieces, headers, body))
    assert all(is_no_failure(status) for status in answers), answers


@MANY
@given(st.binary(max_size=200))
def test_random_bytes_do_not_make_the_shop_fail(server, sent):
    assert all(is_no_failure(status) for status in statuses(server, sent + b"\r\n\r\n"))


def test_http_1_1_request_without_host_gets_400(server):
    assert statuses(server, b"GET /courses HTTP/1.1\r\nConnection: close\r\n\r\n") == [400]
    assert statuses(server, b"GET /courses HTTP/1.0\r\n\r\n") == [200]


@pytest.mark.parametrize(
    ("target", "expected"),
    [(b"//courses", 308), (b"/courses/", 308), (b"/courses%2Fbackend-with-python", 308), (b"/courses/../courses", 308),
     (b"/courses/%00", 400), (b"/courses/%ff", 400), (b"/courses?x=%ff", 200), (b"/" + b"a" * 8_050, 400),
     (b"http://localhost/courses", 200), (b"http://localhost//courses", 308), (b"*", 404)],
)  # fmt: skip
def test_raw_request_target_gets_expected_status(server, target, expected):
    assert statuses(server, request(b"GET", target, [], b"")) == [expected]


def test_huge_content_length_gets_413_without_waiting_for_body(server):
    huge = request(b"POST", b"/courses", [(b"Content-Length", b"99999999999")], b"x")
    assert statuses(server, huge) == [413]
