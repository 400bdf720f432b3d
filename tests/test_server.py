"""Waitress in several processes, and its connections after answers without a body."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from urllib.parse import urlsplit

import psutil
import pytest
from helpers import JSON, Shop, free_port, serving, wait_for, wait_until, write_ini
from pyramid.exceptions import ConfigurationError
from writers import Writer

from courseshop import server

pytestmark = pytest.mark.slow

# Says which process answers; /slow after a while, /same 304, /gone not at all.
PROGRAM = """
import os, sys, time
from courseshop import server

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/gone":
        os._exit(3)
    if path == "/slow":
        time.sleep(1)
    status = "304 Not Modified" if path == "/same" else "200 OK"
    body = b"" if path == "/same" else str(os.getpid()).encode()
    headers = [] if path == "/same" else [("Content-Length", str(len(body)))]
    start_response(status, headers)
    return [body]

server.main(app, {}, listen=sys.argv[1], workers=sys.argv[2])
"""


@contextmanager
def served(workers, *ports):
    ports = ports or (free_port(),)
    port, places = ports[0], " ".join(f"127.0.0.1:{one}" for one in ports)
    argv = [sys.executable, "-c", PROGRAM, places, str(workers)]
    first = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    try:
        wait_for(port, first)
        wait_until(lambda: len(workers_of(first)) == (workers if workers > 1 else 0))
        yield first, port
    finally:
        first.kill()
        first.communicate()


def workers_of(first):
    return psutil.Process(first.pid).children()


def ask(port, path="/"):
    with closing(connect(port)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read().decode()


def connect(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=20)


def answering(port):
    """Return the numbers of the processes that answer, of many connections."""
    return {int(ask(port)) for _ in range(40)}


def test_several_processes_answer_at_one_address():
    with served(3) as (first, port):
        assert answering(port) == {one.pid for one in workers_of(first)}


def test_a_process_that_ends_is_replaced_and_the_log_says_so():
    with served(2) as (first, port):
        before = answering(port)
        with pytest.raises(http.client.RemoteDisconnected):
            ask(port, "/gone")
        wait_until(lambda: len(answering(port) | before) == 3)
        first.terminate()
        said = first.communicate(timeout=20)[1]
    assert "has ended (3); another one takes its place" in said


@pytest.mark.parametrize("to_all", [False, True])
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_they_finish_what_they_have_begun(sent, to_all):
    with served(2) as (first, port):
        workers, answers = workers_of(first), []
        asking = threading.Thread(target=lambda: answers.append(ask(port, "/slow")))
        asking.start()
        wait_until(lambda: any(map(is_connected, workers)))
        # A terminal tells all of them, and so do others who start services.
        first.send_signal(sent)
        for one in workers if to_all else ():
            # The one with nothing to do may be gone already.
            with suppress(psutil.NoSuchProcess):
                one.send_signal(sent)
        asking.join(20)
        assert int(answers[0]) in {one.pid for one in workers}
        assert first.wait(20) == 0
        assert not psutil.wait_procs(workers, timeout=20)[1]
        assert refuses(port)


def test_who_was_started_in_the_background_hears_a_sigint_too():
    # As the shell of a script starts them.
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with served(2) as (first, _port):
            workers = workers_of(first)
            first.send_signal(signal.SIGINT)
            assert first.wait(20) == 0
            assert not psutil.wait_procs(workers, timeout=20)[1]
    finally:
        signal.signal(signal.SIGINT, usual)


def is_connected(process):
    return any(one.status == psutil.CONN_ESTABLISHED for one in process.net_connections())


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_processes_of_a_shop_count_together_what_a_token_asks_for(tmp_path, migrated_database):
    together = {"courseshop.throttles": "database", "courseshop.token_limit": "20 per hour"}
    ini = write_ini(tmp_path, migrated_database(), **together)
    shop = Shop.open(ini)
    headers = {**JSON, "Authorization": f"Bearer {Writer(shop, 'sam', 'student').token}"}
    shop.close()
    with serving(ini, workers="2") as base, ThreadPoolExecutor(8) as pool:

        def status(_number):
            with closing(connect(urlsplit(base).port)) as connection:
                connection.request("GET", "/courses", headers=headers)
                return connection.getresponse().status

        assert Counter(pool.map(status, range(30))) == {200: 20, 429: 10}


def test_no_process_outlives_the_one_that_started_it_but_to_finish_what_it_has_begun():
    with served(2) as (first, port):
        workers, answers = workers_of(first), []
        asking = threading.Thread(target=lambda: answers.append(ask(port, "/slow")))
        asking.start()
        wait_until(lambda: any(map(is_connected, workers)))
        first.kill()
        asking.join(20)
        assert int(answers[0]) in {one.pid for one in workers}
        assert not psutil.wait_procs(workers, timeout=20)[1]
        assert refuses(port)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_304_leaves_the_connection_open(workers):
    with served(workers) as (_first, port), closing(connect(port)) as connection:
        connection.request("GET", "/same")
        answer = connection.getresponse()
        answer.read()
        used = connection.sock
        assert (answer.status, answer.getheader("Connection"), bool(used)) == (304, None, True)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        assert connection.sock is used


@pytest.mark.parametrize("asked", ["GET /same HTTP/1.0", "GET /same HTTP/1.1\r\nConnection: close"])
def test_a_304_ends_the_connection_of_who_wants_that(asked):
    with (
        served(1) as (_first, port),
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
    ):
        connection.sendall(f"{asked}\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(4_096), b""))
    assert b"304 Not Modified" in received
    assert b"Connection: close" in received


@pytest.mark.parametrize("workers", ["0", "-1", "two", "", "1.5", "²"])
def test_a_number_of_processes_that_is_none_is_named(workers):
    with pytest.raises(ConfigurationError, match="workers: "):
        server.main(None, {}, workers=workers)


def test_one_process_alone_listens_at_a_unix_socket():
    with pytest.raises(ConfigurationError, match=r"unix_socket: .* workers = 1"):
        server.main(None, {}, workers="2", unix_socket="shop.sock")


def test_where_processes_cannot_be_started_there_is_one(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(ConfigurationError, match="workers: this system can only have 1"):
        server.main(None, {}, workers="2")


def test_an_address_that_a_shop_has_is_not_shared_with_another():
    with served(2) as (_first, port), pytest.raises(ConfigurationError, match=f"1:{port}: .* use"):
        server.main(None, {}, workers="2", listen=f"127.0.0.1:{port}")


def test_each_process_has_as_many_connections_as_the_others():
    with served(3) as (_first, port), ExitStack() as opened:
        connections = [opened.enter_context(closing(connect(port))) for _ in range(30)]
        for connection in connections:
            connection.request("GET", "/")
        answers = Counter(one.getresponse().read() for one in connections)
    assert sorted(answers.values()) == [10, 10, 10]


def test_all_processes_answer_at_each_of_several_addresses():
    ports = free_port(), free_port()
    with served(2, *ports) as (first, _port):
        expected = {one.pid for one in workers_of(first)}
        assert [answering(one) for one in ports] == [expected, expected]


def test_who_is_gone_before_being_answered_is_not_told_of():
    with served(2) as (first, port):
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                # A reset, so that there is no peer any more.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert answering(port)
        first.terminate()
        assert not first.communicate(timeout=20)[1]
