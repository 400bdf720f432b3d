"""The outbox and its senders: no mail is lost or sent twice, and links lead to this shop only."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

import pytest
import webtest
from aiosmtpd.controller import Controller
from helpers import JSON, Shop, free_port, write_ini
from sending import send_to, send_with, sent_by
from sqlalchemy import select, update

from courseshop import mailing
from courseshop.domain.clock import now
from courseshop.mailing.transport import transport
from courseshop.models import Job, User
from courseshop.rendering.formats import number
from courseshop.services import job, mail
from courseshop.settings import Settings

ANN = "ann@example.org"
SECRET = "Zt4vRk9wQm2xLp7sYc3nHf8bJd5gTa6e"
# Registrations are limited per address, and the shop outlives the test.
ADDRESSES = (f"10.71.{n // 250}.{n % 250}" for n in itertools.count())


class Postbox:
    """SMTP handler that stores messages, and refuses the addresses in `unknown`."""

    def __init__(self):
        self.messages, self.unknown = [], set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def server():
    controller = Controller(Postbox(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def open_shop(tmp_path, migrated_database):
    """Return a function that opens a separate shop with the given settings."""
    opened = []

    def open_one(**settings):
        settings = {f"courseshop.{key}": value for key, value in settings.items()}
        opened.append(Shop.open(write_ini(tmp_path, migrated_database(), **settings)))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.close()


def add_owner(shop, address=ANN, username="ann", **facts):
    """Add an account with the confirmed `address`; return its id."""
    actor, facts = shop.add_person(username), {"email": address, **facts}
    with shop.writing() as request:
        request.db.execute(update(User).where(User.id == actor.id).values(facts))
    return actor.id


def queue(shop, address=ANN, kind="reset", *, base_url="http://localhost", **facts):
    facts = {"user_id": None, "locale": "en", "base_url": base_url, **facts}
    with shop.writing() as request:
        mail.queue(request.db, kind, address, **facts)


def rows(shop):
    with shop.reading() as request:
        return list(request.db.execute(select(*job.COLUMNS).order_by(Job.id)))


def outcomes(shop):
    return [row.outcome or row.state for row in rows(shop)]


def move_due(shop, job_id=Job.id):
    """Make one waiting mail due, or all of them."""
    with shop.writing() as request:
        waiting = update(Job).where(Job.state == "waiting", Job.id == job_id)
        request.db.execute(waiting.values(run_at=now() - timedelta(days=1)))


def post(shop, url, body, **headers):
    app = webtest.TestApp(shop.app.app, extra_environ={"REMOTE_ADDR": next(ADDRESSES)})
    return app.post_json(url, body, headers={**JSON, **headers})


def register(shop, email, **headers):
    body = {"username": "bob", "name": "Bob", "email": email, "password": "seven quiet herons"}
    return post(shop, "/account/register", body, **headers)


def link_in(message):
    """Return the only link with a key in a message, which has a line of its own."""
    (link,) = re.findall(r"^http\S+\?key=[\w.-]+(?=\s)", message.get_content(), re.MULTILINE)
    return link


@pytest.mark.databases
def test_mail_of_aborted_transaction_is_never_sent(shop):
    add_owner(shop)
    with shop.writing() as request:
        mail.queue(request.db, "reset", ANN, user_id=None, locale="en", base_url="http://localhost")
        request.tm.doom()
    assert sent_by(shop) == []
    queue(shop)
    assert len(sent_by(shop)) == 1


def test_link_confirms_address_of_new_account(shop):
    register(shop, "Bob@example.org")
    (message,) = sent_by(shop)
    assert message["To"] == "bob@example.org"
    link = urlsplit(link_in(message))
    assert (link.netloc, link.path) == ("localhost", "/account/confirm")
    assert shop.get(f"{link.path}?{link.query}").status_int == 200
    post(shop, "/account/confirm", {"key": parse_qs(link.query)["key"][0]})
    with shop.reading() as request:
        found = request.db.execute(select(User.email, User.pending_email)).one()
    assert tuple(found) == ("bob@example.org", None)


def test_registering_with_taken_address_mails_no_key(shop):
    add_owner(shop)
    register(shop, ANN)
    (message,) = sent_by(shop)
    assert message["Subject"] == "You already have an account at courseshop"
    assert "your account, ann" in message.get_content().replace("\n", " ")
    assert "key=" not in message.get_content()


@pytest.mark.parametrize("kind", ["reset", "confirm"])
def test_former_address_gets_no_mail(shop, kind):
    queue(shop, "old@example.org", kind, user_id=add_owner(shop, ANN))
    assert sent_by(shop) == []
    assert outcomes(shop) == ["needless"]


def test_reset_for_unknown_address_is_queued_but_not_sent(shop):
    post(shop, "/account/reset", {"email": f"nobody-{next(ADDRESSES)}@example.org"})
    assert len(rows(shop)) == 1
    assert sent_by(shop) == []
    assert outcomes(shop) == ["needless"]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_break_in_name_adds_no_header(shop, server, end):
    add_owner(shop, name=f"Eve{end}Bcc: all@example.org{end}{end}Click here")
    queue(shop)
    assert send_to(shop, server.port) == {"sent": 1}
    (message,) = server.handler.messages
    assert (message["To"], message["Bcc"]) == (ANN, None)
    assert "Reset your password" in message["Subject"]


def test_headers_and_text_support_all_scripts(open_shop, server):
    shop = open_shop(name="Été 夜学校", mail_from="Вечер <shop@example.org>")
    add_owner(shop, name="Zoë 🦊")
    queue(shop)
    assert send_to(shop, server.port) == {"sent": 1}
    (message,) = server.handler.messages
    assert message["Subject"] == "Reset your password for Été 夜学校"
    assert message["From"].addresses[0].display_name == "Вечер"
    assert "Hello Zoë 🦊," in message.get_content()


@pytest.mark.parametrize("kind", ["confirm", "reset"])
def test_mail_to_unconfirmed_address_contains_no_user_input(shop, kind):
    add_owner(shop, email=None, pending_email=ANN, name="Win a Prize", username="prize-now")
    with shop.writing() as request:
        (person,) = request.db.scalars(select(User))
        facts = {"user_id": person.id, "locale": "en", "base_url": "http://localhost"}
        mail.queue(request.db, kind, ANN, **facts)
    (message,) = sent_by(shop)
    text = f"{message['Subject']} {message['From']} {message.get_content()}"
    assert re.findall("prize", text, re.IGNORECASE) == []
    assert "Hello,\n" in text
    assert (
        f"http://localhost/account/{'confirm' if kind == 'confirm' else 'reset/new'}?key=" in text
    )


def test_mail_to_a_confirmed_address_names_its_account(shop):
    add_owner(shop, name="Ann Lee")
    queue(shop)
    (message,) = sent_by(shop)
    assert "Hello Ann Lee," in message.get_content()
    assert "your account ann." in message.get_content()


@pytest.mark.databases
def test_eight_concurrent_senders_send_each_mail_once(shop):
    addresses = [f"reader-{n}@example.org" for n in range(40)]
    for n, address in enumerate(addresses):
        add_owner(shop, address, f"reader-{n}")
        queue(shop, address)
    with ThreadPoolExecutor(8) as pool:
        sent = [one for part in pool.map(sent_by, [shop] * 8) for one in part]
    assert Counter(message["To"] for message in sent) == Counter(addresses)
    assert set(outcomes(shop)) == {"sent"}


@pytest.mark.databases
def test_outage_loses_no_mail_and_retries_back_off(shop):
    for _ in range(3):
        queue(shop)
    add_owner(shop)
    waits = []
    for _ in range(3):
        assert send_to(shop, free_port()) == {"postponed": 1}
        first, *others = rows(shop)
        assert (first.state, "refused" in first.error) == ("waiting", True)
        waits.append(first.run_at - now())
        move_due(shop, first.id)
    assert waits[0] > timedelta(minutes=1)
    assert waits[2] > 1.5 * waits[1] > 2 * waits[0]
    assert {(row.state, row.attempts, row.error) for row in others} == {("waiting", 0, "")}


def test_waiting_mail_is_sent_once_server_is_back(shop, server):
    queue(shop, kind="password_changed", user_id=add_owner(shop))
    queue(shop)
    send_to(shop, free_port())
    move_due(shop)
    assert send_to(shop, server.port) == {"sent": 2}
    reset, changed = sorted(server.handler.messages, key=lambda one: one["Subject"])
    assert (reset["To"], reset["Subject"]) == (ANN, "Reset your password for courseshop")
    assert link_in(reset).startswith("http://localhost/account/reset/new?key=")
    assert (changed["To"], changed["Subject"]) == (ANN, "Your password for courseshop was changed")
    assert reset["Message-ID"] != changed["Message-ID"]
    assert {(row.outcome, row.error, str(row.payload)) for row in rows(shop)} == {
        ("sent", "", "{}")
    }


def test_resent_mail_keeps_its_message_id(shop, server):
    add_owner(shop)
    queue(shop)
    (row,) = rows(shop)
    for _ in range(2):
        assert send_to(shop, server.port) == {"sent": 1}
        with shop.writing() as request:
            request.db.execute(update(Job).values(state="waiting", payload=row.payload))
    first, second = (one["Message-ID"] for one in server.handler.messages)
    assert first == second
    assert re.fullmatch(r"<courseshop-\d+-\d+@localhost>", first)


@pytest.mark.databases
def test_refused_address_is_retried_then_fails_without_blocking_others(shop, server):
    server.handler.unknown = {"gone@example.org"}
    for username in ("gone", "ann", "bob"):
        add_owner(shop, f"{username}@example.org", username)
        queue(shop, f"{username}@example.org")
    assert send_to(shop, server.port) == {"sent": 2, "waiting": 1}
    for left in range(job.MOST_FAILURES - 1, 0, -1):
        assert send_to(shop, server.port) == {}
        move_due(shop)
        assert send_to(shop, server.port) == ({"waiting": 1} if left > 1 else {"failed": 1})
    assert outcomes(shop) == ["failed", "sent", "sent"]
    assert "no such mailbox" in rows(shop)[0].error


@pytest.mark.databases
def test_mail_of_unknown_kind_is_listed_as_failed(shop):
    add_owner(shop)
    queue(shop, kind="horoscope")
    queue(shop)
    assert len(sent_by(shop)) == 1
    for _ in range(job.MOST_FAILURES - 1):
        assert rows(shop)[0].state == "waiting"
        move_due(shop)
        assert sent_by(shop) == []
    with shop.reading() as request:
        assert job.counts(request.db) == {"failed": 1, "sent": 1}
        (row,) = job.unfinished(request.db)
    assert (row.state, row.error) == ("failed", "KeyError: 'horoscope'")


@pytest.mark.databases
def test_mail_of_killed_sender_is_sent_after_lease_expires(shop, monkeypatch):
    add_owner(shop)
    queue(shop)
    with shop.writing() as request:
        assert job.claim(request.db, {"mail"}).payload["address"] == ANN
    early, late = now() + job.LEASE - timedelta(minutes=1), now() + job.LEASE
    monkeypatch.setattr("courseshop.services.job.now", lambda: early)
    assert sent_by(shop) == []
    monkeypatch.setattr("courseshop.services.job.now", lambda: late)
    assert [message["To"] for message in sent_by(shop)] == [ANN]


def test_console_prints_link_on_one_line(shop):
    add_owner(shop, name="Zoë " * 25)
    queue(shop, base_url="http://localhost:6543")
    shown = []
    assert send_with(shop, lambda: transport("console", shown.append)) == {"sent": 1}
    assert re.search(r"\nhttp://localhost:6543/account/reset/new\?key=[\w.-]{80,}\n", shown[0])


@pytest.mark.parametrize("mode", ["production", "development"])
@pytest.mark.parametrize("asked", ["http://evil.example", "http://localhost:9", ""])
def test_links_use_configured_url_whatever_the_request_host(mode, asked):
    shop = Settings(mode=mode, secret=SECRET, url="https://shop.example/a/")
    assert mailing.base_url(shop, asked) == "https://shop.example/a"


def test_development_links_use_request_host_by_default():
    shop = Settings(mode="development")
    assert mailing.base_url(shop, "http://desk.example") == "http://desk.example"
    with pytest.raises(ValueError, match=r"courseshop\.url"):
        mailing.base_url(shop, "")


def test_mail_uses_configured_url_whatever_the_host_header(open_shop):
    shop = open_shop(url="https://shop.example", hosts="shop.example evil.example")
    add_owner(shop)
    post(shop, "/account/reset", {"email": ANN}, Host="evil.example")
    (message,) = sent_by(shop)
    assert link_in(message).startswith("https://shop.example/account/reset/new?key=")
    assert "evil" not in message.as_string()


def test_mail_uses_language_of_request(open_shop):
    shop = open_shop(locales="en de")
    register(shop, "bob@example.org", **{"Accept-Language": "de"})
    (row,) = rows(shop)
    with mailing.request_for_links(shop.registry, mail.parse(row.payload)) as request:
        assert (request.locale_name, number(request, 1234.5)) == ("de", "1.234,5")
    assert len(sent_by(shop)) == 1
