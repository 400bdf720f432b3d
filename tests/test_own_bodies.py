"""Pages that read the body themselves: signed reports of other servers, and large files."""

from __future__ import annotations

import hmac
import http.client
import io
import logging
from urllib.parse import urlsplit

import parcels
import pytest
from helpers import JSON, ROOT, Shop, serving, write_ini
from operating import courseshop
from pyramid.exceptions import ConfigurationError
from writers import Writer

from courseshop.framework import body_limits
from courseshop.framework.page import Page
from courseshop.plugin import StaleEdit
from courseshop.server import warn_of_limit

REPORT = b'\xef\xbb\xbf{"not": JSON \xff'
EVENTS, FILM = "/parcels/events", "/parcels/film"
MEGABYTES = b"x" * 2_500_000


@pytest.fixture(scope="module")
def ini(migrated_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bodies")
    return write_ini(folder, migrated_database(), **{"pyramid.includes": "parcels"})


@pytest.fixture(scope="module")
def _opened(ini):
    shop = Shop.open(ini)
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def shop(_opened):
    _opened.clear()
    for one in (parcels.REPORTS, parcels.FILMS, parcels.MEANWHILE):
        one.clear()
    return _opened


def signed(body):
    return {"Signature": hmac.new(parcels.SECRET, body, "sha256").hexdigest()}


def report(shop, path=EVENTS, body=REPORT, kind="application/json", **more):
    headers = {**signed(body), **{name.replace("_", "-"): text for name, text in more.items()}}
    return shop.app.post(path, body, headers, content_type=kind, expect_errors=True)


class Sender(io.RawIOBase):
    """The body of a request as a server without a buffer gives it: what was read is gone."""

    def __init__(self, body, meanwhile=lambda: None):
        self.rest, self.meanwhile, self.largest = io.BytesIO(body), meanwhile, 0

    def read(self, size=-1):
        self.meanwhile()
        self.largest = max(self.largest, size)
        return self.rest.read(size)

    def seekable(self):
        return False


def upload(shop, body=MEGABYTES, sender=None, **environ):
    given = {"wsgi.input": sender or io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), **environ}
    sent = shop.app.RequestClass.blank(FILM, given, method="PUT", headers=JSON)
    return shop.app.do_request(sent, expect_errors=True)


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "x/y"])
@pytest.mark.parametrize("path", [EVENTS, "/parcels/7/events"])
def test_a_raw_page_gets_the_bytes_that_were_sent_in_any_media_type(shop, path, kind):
    answer = report(shop, path, kind=kind)
    assert (answer.status_int, answer.headers["Cache-Control"]) == (204, "no-store")
    assert [(REPORT, None)] == parcels.REPORTS


def test_a_raw_page_checks_neither_origin_nor_query_nor_accept(shop):
    headers = {"Origin": "https://carrier.example", "Sec_Fetch_Site": "cross-site"}
    answer = report(shop, f"{EVENTS}?try=2", **headers, Accept="x/y", Idempotency_Key="é" * 300)
    assert answer.status_int == 204


def test_a_raw_page_knows_no_session_and_no_token(shop):
    ann = Writer(shop, "ann")
    assert report(shop, Authorization=f"Bearer {ann.token}").status_int == 204
    assert report(shop, Authorization="Bearer of the carrier").status_int == 204
    browser = ann.browser()
    assert browser.app.post(EVENTS, REPORT, signed(REPORT)).status_int == 204
    assert [(REPORT, None)] * 3 == parcels.REPORTS


def test_a_raw_page_without_its_signature_is_refused(shop):
    answer = shop.app.post(EVENTS, REPORT, {"Signature": "x", **JSON}, expect_errors=True)
    assert (answer.status_int, answer.json["errors"][0]["code"]) == (403, "signature")


def test_a_raw_page_has_the_limit_of_the_shop(shop):
    assert report(shop, body=b"x" * 1_048_577).status_int == 413


@pytest.mark.parametrize("path", ["/parcels/send", "/parcels/7/else", "/courses"])
def test_other_pages_are_checked_as_before(shop, path):
    assert report(shop, path).status_int == 400


def test_a_raw_page_is_described_as_open_with_any_body(shop):
    operation = shop.json("/openapi.json").json["paths"][EVENTS]["post"]
    assert operation["security"] == [{}]
    assert operation["requestBody"] == {"required": True, "content": {"*/*": {}}}


def test_a_page_may_take_more_than_the_shop_without_holding_it_in_memory(shop):
    sender = Sender(MEGABYTES)
    assert upload(shop, sender=sender).json == {"size": len(MEGABYTES)}
    assert sender.largest <= 65_536
    assert type(parcels.FILMS[0]) is io.BufferedRandom


def test_the_temporary_file_is_closed_with_the_request(shop):
    upload(shop, sender=Sender(MEGABYTES))
    assert parcels.FILMS[0].closed


def test_a_body_without_a_length_is_taken_up_to_the_limit(shop):
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
    marked = {**chunked, "wsgi.input_terminated": True}
    assert upload(shop, sender=Sender(MEGABYTES), **marked).json == {"size": len(MEGABYTES)}
    assert upload(shop, sender=Sender(b"x" * 3_000_001), **marked).status_int == 413
    assert upload(shop, sender=Sender(MEGABYTES), **chunked).status_int == 411


def test_a_body_above_the_limit_of_the_page_is_413_and_a_cut_one_400(shop):
    assert upload(shop, b"x" * 3_000_001).status_int == 413
    assert upload(shop, sender=Sender(b"x" * 10)).status_int == 400
    assert parcels.FILMS == []


def test_others_write_while_a_slow_client_sends(shop):
    sent = []

    def write():
        sent.append(shop.add_person(f"person-{len(sent)}"))

    assert upload(shop, b"x" * 200_000, Sender(b"x" * 200_000, write)).status_int == 200
    assert len(sent) >= 3


def test_a_repeated_request_reads_the_file_from_its_start(shop):
    def meet_conflict(request):
        if not request.environ["retry.attempt"]:
            raise StaleEdit

    parcels.MEANWHILE.append(meet_conflict)
    assert upload(shop, sender=Sender(MEGABYTES)).json == {"size": len(MEGABYTES)}


def test_a_form_is_not_parsed_by_a_page_that_streams(shop):
    kind = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
    sender = Sender(b"%ff=" + MEGABYTES)
    assert upload(shop, MEGABYTES, sender, **kind).json == {"size": len(MEGABYTES)}


def test_an_upload_from_another_site_is_refused(shop):
    assert upload(shop, HTTP_ORIGIN="https://evil.example").status_int == 403


@pytest.mark.parametrize(
    "options",
    [
        {"raw": True},
        {"raw": True, "method": "POST", "renderer": "string"},
        {"raw": True, "method": "POST", "permission": "edit"},
        {"stream": True},
        {"stream": True, "method": "POST", "renderer": "string", "accepts": parcels.ParcelDraft},
    ],
)
def test_contradictory_options_stop_startup(options):
    with pytest.raises(ConfigurationError, match=r"raw page|stream its body"):
        Page(view=print, **options)


def test_a_limit_of_the_server_that_is_too_small_is_told(shop, ini, caplog):
    assert body_limits.too_small(shop.registry, 4_194_304) == []
    names = [one.split(": ")[1] for one in body_limits.too_small(shop.registry, 1_000)]
    assert names == [
        "courseshop.max_body accepts bodies of 1048576 bytes",
        "PUT Parcels film accepts bodies of 3000000 bytes",
    ]
    with caplog.at_level(logging.WARNING):
        warn_of_limit("2000000", shop.app.app)
    assert "max_request_body_size = 2000000 is too small: PUT Parcels film" in caplog.text


def test_doctor_tells_a_limit_that_is_too_small(shop, ini):
    small = ini.with_name("small.ini")
    text = ini.read_text().replace("max_request_body_size = 4194304", "max_request_body_size = 99")
    small.write_text(text)
    done = courseshop("doctor", small)
    assert (done.returncode, "PUT Parcels film accepts" in done.stdout) == (1, True)
    assert courseshop("doctor", ini).returncode == 0


@pytest.mark.slow
def test_the_real_server_passes_a_large_body_on(shop, ini, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT}/tests/plugins")
    with serving(ini) as url:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        for body, status in ((iter([MEGABYTES]), 200), (b"x" * 3_000_001, 413)):
            connection.request("PUT", FILM, body, JSON, encode_chunked=not isinstance(body, bytes))
            answer = connection.getresponse()
            assert (answer.status, answer.read() != b"") == (status, True)
        connection.close()
