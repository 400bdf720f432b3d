"""Servers: waitress in one process, and several processes by gunicorn and granian."""

from __future__ import annotations

import http.client
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import psutil
import pytest
from helpers import JSON, ROOT, Shop, free_port, serving, wait_for, write_ini
from pyramid.exceptions import ConfigurationError
from sqlalchemy import select
from test_docs import blocks, files_of
from writers import Writer

from courseshop import server
from courseshop.models import AuditEntry
from courseshop.server.fair_queue import FairQueue

pytestmark = pytest.mark.slow

# /same gets 304.
PROGRAM = """
import sys
from courseshop import server

def app(environ, start_response):
    if environ["PATH_INFO"] == "/same":
        start_response("304 Not Modified", [])
        return []
    body = str(sys.getswitchinterval()).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

server.main(app, {}, listen=sys.argv[1])
"""
SERVING, PROXY = ROOT / "docs" / "serving.md", ROOT / "docs" / "proxy.md"
PSERVE = "pserve production.ini"


def servers(page):
    """Return the commands of a page that start gunicorn and granian."""
    shown = "".join(block for one, block in blocks("sh") if one == page).splitlines()
    return [line for line in shown if line.startswith(("gunicorn ", "granian "))]


SEVERAL = servers(SERVING)


def program(line):
    return line.split()[0]


@contextmanager
def started(argv, port, **where):
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **where)
    try:
        wait_for(port, process)
        yield process
    finally:
        if process.poll() is None:
            # granian waits for workers that are still starting.
            for one in psutil.Process(process.pid).children(recursive=True):
                one.kill()
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def port():
    found = free_port()
    with started([sys.executable, "-c", PROGRAM, f"127.0.0.1:{found}"], found):
        yield found


def connect(port):
    return http.client.HTTPConnection("127.0.0.1", port, timeout=20)


def test_304_keeps_connection_open(port):
    with closing(connect(port)) as connection:
        connection.request("GET", "/same")
        answer = connection.getresponse()
        answer.read()
        used = connection.sock
        assert (answer.status, answer.getheader("Connection"), bool(used)) == (304, None, True)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        assert connection.sock is used


def test_server_sets_short_switch_interval(port):
    with closing(connect(port)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"0.001"


@pytest.mark.parametrize("asked", ["GET /same HTTP/1.0", "GET /same HTTP/1.1\r\nConnection: close"])
def test_304_closes_connection_if_client_asks(port, asked):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"{asked}\r\n\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(4_096), b""))
    assert b"304 Not Modified" in received
    assert b"Connection: close" in received


QUEUING = """
import sys, threading
from courseshop import server

served = []
held = threading.Event()

def app(environ, start_response):
    served.append(environ["PATH_INFO"])
    if environ["PATH_INFO"] == "/held":
        held.wait(20)
    if environ["PATH_INFO"] == "/served":
        body = " ".join(served).encode()
    else:
        body = b""
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

class Queue(server.FairQueue):
    def append(self, channel):
        super().append(channel)
        if len(self) == 51:
            held.set()

server.FairQueue = Queue
server.main(app, {}, listen=sys.argv[1], threads="1")
"""


def test_read_overtakes_fifty_waiting_writes():
    free = free_port()
    with started([sys.executable, "-c", QUEUING, f"127.0.0.1:{free}"], free), ExitStack() as stack:

        def send(method, path):
            connection = stack.enter_context(closing(connect(free)))
            connection.request(method, path)
            return connection

        connections = [send("POST", "/held"), *(send("POST", "/write") for _ in range(49))]
        # Let the writes arrive first.
        time.sleep(0.5)
        read = send("GET", "/livez")
        connections.append(send("POST", "/write"))
        assert read.getresponse().status == 200
        for one in connections:
            one.getresponse().read()
        served = send("GET", "/served").getresponse().read().decode().split()
    assert served.index("/livez") <= 2
    assert served.count("/write") == 50


def test_request_without_method_is_queued_too():
    queue, broken = FairQueue(), SimpleNamespace(requests=[SimpleNamespace()])
    queue.append(broken)
    assert len(queue) == 1
    assert queue.popleft() is broken
    assert len(queue) == 0


@pytest.mark.parametrize("workers", ["1", "2", "two"])
def test_workers_setting_is_refused_with_hint(workers):
    with pytest.raises(ConfigurationError, match=r"^workers: .* docs/serving\.md .* gunicorn"):
        server.main(None, {}, workers=workers)


@pytest.mark.parametrize("line", SEVERAL, ids=program)
def test_documented_servers_serve_the_shop(line, tmp_path, demo_database):
    with (
        serving_by(line, tmp_path, demo_database()) as port,
        closing(connect(port)) as connection,
    ):
        connection.request("GET", "/courses/backend-with-python", headers=JSON)
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("Content-Type")) == (200, "application/json")
        assert b'"title":"Backend With Python"' in answer.read()


@contextmanager
def serving_by(line, folder, url):
    """Start a documented server with a production.ini for the database `url`; yield its port."""
    write_ini(folder, url).rename(folder / "production.ini")
    with documented(line, folder) as (_process, port):
        yield port


@contextmanager
def documented(line, folder, page=SERVING, **environment):
    """Run a command of a page next to `production.ini`; yield the process and its port."""
    ini, port = folder / "production.ini", free_port()
    listen = f"listen = 127.0.0.1:{port}"
    ini.write_text(re.sub(r"(?m)^listen = .*$", listen, ini.read_text()))
    for name, text in files_of(page).items():
        (folder / name).write_text(text)
    command, *arguments = shlex.split(line.replace("6543", str(port)))
    argv = [str(Path(sys.executable).with_name(command)), *arguments]
    paths = os.pathsep.join([str(folder), str(ROOT), str(ROOT / "tests" / "plugins")])
    environment = {**os.environ, "PYTHONPATH": paths, **environment}
    with started(argv, port, cwd=folder, env=environment) as process:
        yield process, port


def test_documented_servers_tell_the_shop_their_threads():
    words = " ".join(SEVERAL) + files_of(SERVING)["wsgi.py"]
    threads = re.findall(r"(?:--threads|--blocking-threads) (\d+)", words)
    assert re.findall(r"courseshop\.threads(?:=|\": \")(\d+)", words) == threads
    assert len(threads) == 2


SLOW_HEADERS = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: a"
SLOW_BODY = (
    b"POST /account/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 500\r\n\r\n{"
)


@pytest.mark.parametrize("line", SEVERAL, ids=program)
def test_fifty_slow_clients_block_no_other(line, tmp_path, demo_database):
    with serving_by(line, tmp_path, demo_database()) as port, ExitStack() as slow:
        for part in [SLOW_HEADERS] * 25 + [SLOW_BODY] * 25:
            client = slow.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            client.sendall(part)
        for path in ("/livez", "/static/shop.css", "/courses/backend-with-python"):
            with closing(connect(port)) as connection:
                connection.request("GET", path)
                assert connection.getresponse().status == 200, path


def test_processes_share_rate_limit_of_token(tmp_path, migrated_database):
    together = {"courseshop.throttles": "database", "courseshop.token_limit": "20 per hour"}
    ini = write_ini(tmp_path, migrated_database(), **together)
    shop = Shop.open(ini)
    headers = {**JSON, "Authorization": f"Bearer {Writer(shop, 'sam', 'student').token}"}
    shop.close()
    with serving(ini, processes=2) as base, ThreadPoolExecutor(8) as pool:

        def status(_number):
            with closing(connect(urlsplit(base).port)) as connection:
                connection.request("GET", "/courses", headers=headers)
                return connection.getresponse().status

        assert Counter(pool.map(status, range(30))) == {200: 20, 429: 10}


@pytest.mark.parametrize("line", servers(PROXY), ids=program)
def test_documented_servers_trust_the_proxy(line, tmp_path, demo_database):
    write_ini(tmp_path, demo_database()).rename(tmp_path / "production.ini")
    client = {"For": "203.0.113.9", "Host": "shop.example", "Proto": "https"}
    headers = {**JSON, **{f"X-Forwarded-{name}": value for name, value in client.items()}}
    with (
        documented(line, tmp_path, PROXY) as (_process, port),
        closing(connect(port)) as connection,
    ):
        connection.request("GET", "/courses/backend-with-python", headers=headers)
        assert b'"url":"https://shop.example/courses/backend-with-python"' in (
            connection.getresponse().read()
        )
        wrong = {**headers, "Content-Type": "application/json"}
        body = '{"username": "demo-student", "password": "a wrong one for sure"}'
        connection.request("POST", "/account/login", body, wrong)
        assert connection.getresponse().status == 401
    shop = Shop.open(tmp_path / "production.ini")
    with shop.reading() as request:
        last = select(AuditEntry.address).order_by(AuditEntry.id.desc()).limit(1)
        assert request.db.scalar(last) == "203.0.113.9"
    shop.close()
