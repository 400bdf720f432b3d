"""SIGTERM: requests are answered, new connections are refused, and the exit status is 0."""

from __future__ import annotations

import configparser
import http.client
import re
import signal
import socket
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest
from helpers import ROOT, free_port, wait_until
from pyramid.exceptions import ConfigurationError
from test_server import PROXY, PSERVE, SERVING, SEVERAL, documented, program, servers, started

from courseshop import server

pytestmark = pytest.mark.slow

# Responds once the file exists; /large exceeds the buffers of a connection.
PROGRAM = """
import pathlib, sys, time
from courseshop import server

folder = pathlib.Path(sys.argv[2])

def app(environ, start_response):
    (folder / environ["PATH_INFO"].strip("/")).touch()
    while not (folder / "until").exists():
        time.sleep(0.01)
    body = environ["wsgi.input"].read() or b"ok"
    if environ["PATH_INFO"] == "/large":
        body *= 10_000_000
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

server.main(app, {}, listen=sys.argv[1], threads="2", graceful_timeout=sys.argv[3])
"""
ANSWER = b"HTTP/1.1 200 OK\r\n"


def get_request(path):
    return b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def shipped_ini(folder, url):
    """Write production.ini with another database, and with the plugin `waiting`."""
    parser = configparser.RawConfigParser()
    parser.optionxform = str
    parser.read(ROOT / "production.ini")
    parser["app:main"].update(
        {
            "sqlalchemy.url": url.replace("%", "%%"),
            "pyramid.includes": "waiting",
            "waiting.until": str(folder / "until"),
        }
    )
    with (folder / "production.ini").open("w") as file:
        parser.write(file)


COMMANDS = [
    *((SERVING, line) for line in [PSERVE, *SEVERAL]),
    *((PROXY, line) for line in servers(PROXY)),
]


@pytest.mark.parametrize(
    ("page", "line"), COMMANDS, ids=[f"{page.stem}-{program(line)}" for page, line in COMMANDS]
)
def test_a_server_answers_all_requests_in_flight(page, line, tmp_path, demo_database):
    shipped_ini(tmp_path, demo_database())
    environment = {
        "COURSESHOP_SECRET": "only for the tests, 32 characters or more",
        "COURSESHOP_URL": "http://127.0.0.1",
    }
    with (
        documented(line, tmp_path, page, **environment) as (process, port),
        ExitStack() as open_until,
    ):
        processes = int(*re.findall(r"--workers (\d+)", line) or "1")
        wait_until(lambda: len(list(tmp_path.glob("process-*"))) == processes)
        clients = [http.client.HTTPConnection("127.0.0.1", port, timeout=30) for _ in range(8)]
        for client in clients:
            open_until.callback(client.close)
            client.request("GET", "/waiting")
        threads = int(*re.findall(r"threads (\d+)", line) or "4")
        running = min(threads, len(clients))
        wait_until(lambda: len(list(tmp_path.glob("request-*"))) >= running)
        # A server may reset a connection that it has not read yet, and nothing shows when it has.
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(port))
        (tmp_path / "until").touch()
        assert [client.getresponse().status for client in clients] == [200] * 8
        assert process.wait(20) == 0


@contextmanager
def stopping(folder, number=signal.SIGTERM, timeout="25", **requests):
    """Send parts of requests, stop the server, and yield the process and the connections."""
    argv = [sys.executable, "-c", PROGRAM, f"127.0.0.1:{(port := free_port())}", str(folder)]
    with started([*argv, timeout], port) as process, ExitStack() as open_until:
        connections = {}
        for name, sent in {**requests, "running": get_request(b"/running")}.items():
            connections[name] = socket.create_connection(("127.0.0.1", port), timeout=20)
            open_until.enter_context(connections[name]).sendall(sent)
        wait_until((folder / "running").exists)
        process.send_signal(number)
        wait_until(lambda: refuses(port))
        yield process, connections


def rest_of(connection):
    return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_last_response_closes_the_connection(tmp_path, number):
    with stopping(tmp_path, number) as (process, connections):
        (tmp_path / "until").touch()
        received = rest_of(connections["running"])
        assert received.startswith(ANSWER)
        assert b"\r\nConnection: close\r\n" in received
        assert process.wait(20) == 0


def test_an_idle_connection_is_closed_at_once(tmp_path):
    with stopping(tmp_path, idle=b"") as (_process, connections):
        assert rest_of(connections["idle"]) == b""


def test_partly_received_request_is_answered(tmp_path):
    head = b"POST /late HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"
    with stopping(tmp_path, head=head[:20], body=head + b"l") as (process, connections):
        connections["head"].sendall(head[20:] + b"late")
        connections["body"].sendall(b"ate")
        (tmp_path / "until").touch()
        for name in ("head", "body"):
            received = rest_of(connections[name])
            assert received.startswith(ANSWER)
            assert received.endswith(b"late")
        assert process.wait(20) == 0


def test_pipelined_requests_are_all_answered(tmp_path):
    with stopping(tmp_path, pipelined=get_request(b"/1") + get_request(b"/2")) as (
        process,
        connections,
    ):
        (tmp_path / "until").touch()
        assert rest_of(connections["pipelined"]).count(ANSWER) == 2
        assert process.wait(20) == 0


def test_large_response_is_sent_completely(tmp_path):
    with stopping(tmp_path, large=get_request(b"/large")) as (process, connections):
        (tmp_path / "until").touch()
        assert len(rest_of(connections["large"])) > 20_000_000
        assert process.wait(20) == 0


def test_request_of_disconnected_client_is_finished(tmp_path):
    with stopping(tmp_path) as (process, connections):
        connections["running"].close()
        with pytest.raises(TimeoutError):
            wait_until(lambda: process.poll() is not None, seconds=1)
        (tmp_path / "until").touch()
        assert process.wait(20) == 0


def test_requests_that_take_too_long_are_cut_off(tmp_path):
    with stopping(tmp_path, timeout="1", stuck=b"GET /") as (process, connections):
        assert process.wait(20) == 0
        assert rest_of(connections["running"]) == rest_of(connections["stuck"]) == b""


def test_a_second_signal_ends_the_process_at_once(tmp_path):
    with stopping(tmp_path) as (process, _connections):
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == -signal.SIGTERM


@pytest.mark.parametrize("seconds", ["", "soon", "-1", "1.5"])
def test_graceful_timeout_must_be_a_number_of_seconds(seconds):
    with pytest.raises(ConfigurationError, match=r"^graceful_timeout: "):
        server.main(None, {}, graceful_timeout=seconds)
