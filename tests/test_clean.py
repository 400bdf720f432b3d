"""`courseshop clean`: it removes old rows of every kind, and no others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from helpers import Shop, write_ini
from operating import courseshop
from sqlalchemy import func, insert, select

from courseshop.domain.clock import now
from courseshop.models import AuditEntry, Job, LoginSession, PendingForm, StoredResponse, Throttle
from courseshop.services import clean

pytestmark = pytest.mark.databases
NAMES = [
    "security log entries", "finished jobs", "expired sessions", "expired forms of guests",
    "expired idempotency keys", "expired rate-limit counters",
]  # fmt: skip


@pytest.fixture
def ini(tmp_path, migrated_database):
    days = {"courseshop.keep_audit_days": "10", "courseshop.keep_mail_days": "10"}
    return write_ini(tmp_path, migrated_database(), **days)


@pytest.fixture
def shop(ini):
    shop = Shop.open(ini)
    yield shop
    shop.close()


def fill(shop, name, at):
    """Store a row of every kind, as if it was created at the time `at`."""
    with shop.writing() as request:
        db, owner = request.db, shop.people[name]
        made = {"user_id": owner, "created_at": at}
        db.execute(insert(AuditEntry).values(kind="login", user_id=owner, at=at))
        for state in ("done", "waiting"):
            db.execute(insert(Job).values(kind="x", state=state, created_at=at))
        ends = {"used_at": at, "expires_at": at + timedelta(days=90)}
        db.execute(insert(LoginSession).values(secret_hash=name, **made, **ends))
        db.execute(insert(PendingForm).values(secret_hash=name, path="/", body="", created_at=at))
        db.execute(insert(StoredResponse).values(key_hash=name, fingerprint="x", **made))
        db.execute(insert(Throttle).values(key=name, count=1, expires_at=at + timedelta(hours=1)))


@pytest.fixture
def filled(shop):
    shop.people = {name: shop.add_person(name).id for name in ("old", "new")}
    fill(shop, "old", now() - timedelta(days=30))
    fill(shop, "new", now())
    return shop


def counts(shop):
    models = (AuditEntry, Job, LoginSession, PendingForm, StoredResponse, Throttle)
    with shop.reading() as request:
        return [request.db.scalar(select(func.count()).select_from(one)) for one in models]


def test_old_rows_of_every_kind_are_removed_and_no_others(ini, filled):
    assert counts(filled) == [2, 4, 2, 2, 2, 2]
    done = courseshop("clean", ini)
    assert done.stdout.splitlines() == [f"{name}: 1 removed" for name in NAMES]
    # A waiting job is never too old.
    assert counts(filled) == [1, 3, 1, 1, 1, 1]
    again = courseshop("clean", ini)
    assert again.stdout.splitlines() == [f"{name}: 0 removed" for name in NAMES]


def test_a_dry_run_removes_nothing(ini, filled):
    done = courseshop("clean", ini, "--dry-run")
    assert done.stdout.splitlines() == [f"{name}: 1 to remove" for name in NAMES]
    assert counts(filled) == [2, 4, 2, 2, 2, 2]


@pytest.mark.one_database
def test_many_rows_are_removed_in_short_transactions(ini, shop, monkeypatch):
    batches, remove_some = [], clean.remove_some

    def watched(db, old, after):
        keys = remove_some(db, old, after)
        batches.append(len(keys))
        return keys

    monkeypatch.setattr(clean, "remove_some", watched)
    monkeypatch.setattr(clean, "BATCH", 4)
    entries = [{"kind": "login", "at": now() - timedelta(days=30)} for _ in range(10)]
    with shop.writing() as request:
        request.db.execute(insert(AuditEntry), entries)
    assert "security log entries: 10 removed" in courseshop("clean", ini).stdout
    assert batches[:4] == [4, 4, 2, 0]
    assert counts(shop)[0] == 0
