"""X-Request-ID: taken from clients, sent with every response, and logged."""

from __future__ import annotations

import logging
import re
import subprocess

import pytest
from helpers import JSON, ROOT, Shop, serving, write_ini
from probes import NAMES
from pyramid.request import Request

from courseshop.framework.request_id import Formatter, id_of

COURSE = "/courses/backend-with-python"
GENERATED = re.compile(r"[0-9a-f]{32}")
HEADER = "X-Request-ID"
ASKED = [
    ("GET", COURSE, 200), ("HEAD", COURSE, 200), ("OPTIONS", COURSE, 204), ("GET", "/static/shop.css", 200),
    ("GET", "/livez", 200), ("GET", "/courses/", 308), ("GET", "/courses/%ff", 400), ("GET", "/courses?limit=0", 400),
    ("GET", "/account", 401), ("GET", "/nothing", 404), ("PATCH", "/courses", 405), ("FOO", "/static/shop.css", 405),
    ("POST", "/courses", 401),
]  # fmt: skip


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed")
    ini = write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **{"pyramid.includes": "probes"})
    shop = Shop.open(ini)
    shop.init()
    yield shop, ini
    shop.close()


@pytest.mark.parametrize(("method", "url", "status"), ASKED)
def test_response_has_request_id_of_client_or_new_one(demo, method, url, status):
    asked = demo.request(method, url, **JSON, X_Request_ID="my-request.7_B")
    assert (asked.status_int, asked.headers.getall(HEADER)) == (status, ["my-request.7_B"])
    names = {demo.request(method, url, **JSON).headers[HEADER] for _ in range(3)}
    assert len(names) == 3
    assert all(GENERATED.fullmatch(name) for name in names)


@pytest.mark.parametrize(
    "sent",
    ["", " ", "a b", "a\tb", "a;b", "{x}", "<script>", "%0aERROR", "\xe9", "a" * 129, "a,b", '"a"'],
)
def test_unsafe_request_id_is_replaced(demo, sent):
    answer = demo.json(COURSE, X_Request_ID=sent)
    assert answer.status_int == 200
    assert GENERATED.fullmatch(answer.headers[HEADER])


def test_request_id_may_have_128_characters(demo):
    assert demo.json(COURSE, X_Request_ID="a" * 128).headers[HEADER] == "a" * 128


def test_304_has_id_of_its_own_request(demo):
    first = demo.json(COURSE, X_Request_ID="one")
    again = demo.json(COURSE, X_Request_ID="two", If_None_Match=first.headers["ETag"])
    assert (again.status_int, again.headers[HEADER]) == (304, "two")


def test_server_errors_have_request_id_too(probed, tmp_path):
    crash = probed[0].app.post_json(
        "/probe/crash", {}, headers={**JSON, HEADER: "c-1"}, expect_errors=True
    )
    assert (crash.status_int, crash.headers[HEADER]) == (500, "c-1")
    gone = Shop.open(write_ini(tmp_path, f"sqlite:///{tmp_path}/no/such/folder/x.sqlite"))
    busy = gone.json(COURSE, X_Request_ID="c-2")
    assert (busy.status_int, busy.headers[HEADER]) == (503, "c-2")


def test_retried_request_keeps_its_id(probed):
    NAMES.clear()
    sent = {**JSON, HEADER: "again"}
    answer = probed[0].app.post_json("/probe/overtaken", {}, headers=sent)
    assert answer.headers[HEADER] == "again"
    assert NAMES == [("again", "again"), ("again", "again")]
    NAMES.clear()
    made = probed[0].app.post_json("/probe/overtaken", {}, headers=JSON).headers[HEADER]
    assert [(made, made), (made, made)] == NAMES


@pytest.mark.slow
def test_log_lines_contain_request_id(probed, monkeypatch):
    _shop, ini = probed
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests" / "plugins"))
    with serving(ini) as base:
        for name in ("trace-1", "trace-2"):
            headers = ["-H", f"{HEADER}: {name}", "-H", "Content-Type: application/json"]
            command = ["curl", "-sS", *headers, "-d", "{}", f"{base}/probe/crash"]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
    (log,) = ini.parent.glob("*.log")
    lines = [line for line in log.read_text().splitlines() if "crash" in line and "ERROR" in line]
    found = [re.search(r"ERROR +(\S+) courseshop\.framework\.errors: POST", line) for line in lines]
    assert [match[1] for match in found if match] == ["trace-1", "trace-2"]


def test_log_line_outside_of_request_has_dash():
    record = logging.makeLogRecord({"msg": "done"})
    assert Formatter("%(request_id)s %(message)s").format(record) == "- done"
    assert id_of(Request.blank("/")) == "-"
