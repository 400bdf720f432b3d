"""Pages without a transaction: they store, call another server, and store again."""

from __future__ import annotations

import parcels
import pytest
from helpers import JSON
from pyramid.exceptions import ConfigurationError
from sqlalchemy import update
from writers import Writer

from courseshop.domain.events import Committed
from courseshop.framework.page import Page
from courseshop.models import User
from courseshop.plugin import StaleEdit, writing

pytestmark = pytest.mark.databases


@pytest.fixture(scope="module")
def sending(shop_with):
    return shop_with("parcels")


@pytest.fixture
def shop(sending):
    sending.clear()
    parcels.HEARD.clear()
    parcels.AFTERWARDS.clear()
    parcels.CARRIER[:] = [lambda _request: "sent"]
    return sending


def send(shop, path="/parcels/send", **more):
    sent = {} if path.endswith("usual") else {"label": "one"}
    headers = {**JSON, **more}
    return shop.app.post_json(path, sent, headers=headers, expect_errors=True)


def states(shop):
    return shop.json("/parcels").json["states"]


def calling(do):
    """Let the carrier call `do(request)`, and return the list of its calls."""
    calls = []

    def carrier(request):
        calls.append(request.environ["retry.attempt"])
        do(request)
        return "sent"

    parcels.CARRIER[:] = [carrier]
    return calls


def failing_once(monkeypatch, name):
    """Let the first call of a function of the plugin meet a conflict, after it has written."""
    function, calls = getattr(parcels, name), []

    def fail_first(*arguments):
        function(*arguments)
        calls.append(1)
        if len(calls) == 1:
            raise StaleEdit("another transaction was faster")

    monkeypatch.setattr(parcels, name, fail_first)
    return calls


def test_a_page_stores_before_and_after_a_call_outside(shop):
    seen = []
    calling(lambda _request: seen.append(states(shop)))
    assert send(shop).json == {"state": "sent"}
    assert (seen, states(shop)) == ([["packed"]], ["sent"])


def test_others_write_while_the_page_calls_outside(shop):
    def write(request):
        assert request.database.writing is False
        shop.add_person("bob")

    calling(write)
    assert send(shop).status_int == 200


def test_no_connection_waits_for_the_other_server(shop):
    held = []
    calling(lambda _request: held.append(shop.engine.pool.checkedout()))
    send(shop)
    assert held == [0]


def test_what_is_stored_stays_although_the_view_fails_later(shop):
    calling(lambda _request: 1 / 0)
    assert send(shop).status_int == 500
    assert states(shop) == ["packed"]


@pytest.mark.parametrize("name", ["store", "note"])
def test_a_conflict_repeats_its_transaction_alone(shop, monkeypatch, name):
    repeated, calls = failing_once(monkeypatch, name), calling(lambda _request: None)
    assert send(shop).status_int == 200
    assert (len(repeated), calls, states(shop)) == (2, [0], ["sent"])


def test_events_are_heard_in_the_transaction_and_once_after_it(shop, monkeypatch):
    failing_once(monkeypatch, "note")
    send(shop)
    sent = parcels.Sent("one")
    assert [sent, sent, Committed(sent, None)] == parcels.HEARD
    assert parcels.HEARD[0].db is not None


def test_subscribers_to_committed_can_write(shop):
    def tell(registry):
        with writing(registry) as request:
            request.db.execute(update(parcels.ParcelRow).values(state="told"))

    parcels.AFTERWARDS.append(tell)
    send(shop)
    assert states(shop) == ["told"]


def test_a_conflict_that_lasts_is_503_and_does_not_repeat_the_call(shop, monkeypatch):
    def refuse(*_arguments):
        raise StaleEdit("another transaction is always faster")

    monkeypatch.setattr(parcels, "note", refuse)
    calls = calling(lambda _request: None)
    answer = send(shop)
    assert (answer.status_int, answer.headers["Retry-After"]) == (503, "2")
    assert (calls, states(shop)) == ([0], ["packed"])


def test_a_conflict_of_the_view_itself_does_not_repeat_the_call(shop):
    def refuse(_request):
        raise StaleEdit("the rows that the view has read are stale")

    calls = calling(refuse)
    assert send(shop).status_int == 503
    assert (calls, states(shop)) == ([0], ["packed"])


def test_rights_are_checked_again_in_each_transaction(shop):
    ann = Writer(shop, "ann", "admin")

    def demote(_request):
        with shop.storing() as db:
            db.execute(update(User).values(role="student"))

    calls = calling(demote)
    assert send(shop, Authorization=f"Bearer {ann.token}").status_int == 503
    assert (calls, states(shop)) == ([0], ["packed"])


def test_the_request_has_the_session_of_the_transaction_meanwhile(shop):
    def check(request):
        assert request.in_transaction(lambda db: request.db is db)
        assert request.database.writing is False

    calling(check)
    assert send(shop).status_int == 200


def test_a_transaction_within_a_transaction_is_an_error(shop, caplog):
    def nest(request):
        request.in_transaction(lambda _db: request.in_transaction(print))

    calling(nest)
    assert send(shop).status_int == 500
    assert send(shop, "/parcels/usual").status_int == 500
    assert caplog.text.count("RuntimeError: in_transaction: not within a transaction") == 2


@pytest.mark.parametrize(
    "options", [{"method": "GET"}, {"method": "POST", "renderer": "string", "repeatable": True}]
)
def test_only_a_page_that_writes_and_is_not_repeatable_is_without_a_transaction(options):
    with pytest.raises(ConfigurationError, match="without a transaction"):
        Page(view=print, transaction=False, **options)
