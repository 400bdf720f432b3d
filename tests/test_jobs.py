"""Jobs and their workers: none is lost, none runs twice, and no rolled-back request leaves one."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from helpers import Shop, wait_until, write_ini
from operating import COMMAND, courseshop
from pyramid.exceptions import ConfigurationConflictError
from sqlalchemy import select, update

from courseshop.domain.clock import now
from courseshop.jobs import NEEDLESS, Kind, Later, enqueue, kinds_of
from courseshop.jobs.worker import enqueue_recurring, run_due
from courseshop.models import Job
from courseshop.services import job

pytestmark = pytest.mark.databases


@pytest.fixture
def handled(shop):
    """Let the shop handle jobs of the kind "note"; return the payloads that were handled."""
    notes = []
    kinds_of(shop.registry)["note"] = Kind(lambda running: notes.append(running.payload))
    yield notes
    kinds_of(shop.registry).pop("note", None)


def handle(shop, handler, **options):
    kinds_of(shop.registry)["note"] = Kind(handler, **options)


def add(shop, payload=None, kind="note", **options):
    with shop.writing() as request:
        enqueue(request.db, kind, payload or {}, **options)


def stored(shop):
    with shop.reading() as request:
        return list(request.db.execute(select(*job.COLUMNS).order_by(Job.id)))


def make_due(shop):
    with shop.writing() as request:
        request.db.execute(update(Job).values(run_at=now() - timedelta(days=1)))


def run(shop):
    return dict(run_due(shop.registry, {"note"}))


def test_a_job_gets_its_payload_and_is_done_once(shop, handled):
    add(shop, {"text": "Zoë", "course": 7})
    assert run(shop) == {("note", "done"): 1}
    assert run(shop) == {}
    assert handled == [{"text": "Zoë", "course": 7}]
    (row,) = stored(shop)
    assert (row.state, row.payload, row.lease_until) == ("done", {}, None)


def test_a_rolled_back_request_leaves_no_job(shop, handled):
    with shop.writing() as request:
        enqueue(request.db, "note", {})
        request.tm.doom()
    assert (run(shop), stored(shop), handled) == ({}, [], [])


def test_a_job_waits_for_its_moment(shop, handled):
    add(shop, {"n": 1}, run_at=now() + timedelta(hours=1))
    add(shop, {"n": 2})
    assert run(shop) == {("note", "done"): 1}
    assert handled == [{"n": 2}]
    make_due(shop)
    run(shop)
    assert handled == [{"n": 2}, {"n": 1}]


def test_jobs_that_are_enqueued_meanwhile_run_in_the_same_round(shop, handled):
    def twice(running):
        if running.payload["left"]:
            left = {"left": running.payload["left"] - 1}
            running.in_transaction(lambda db: enqueue(db, "note", left))

    handle(shop, twice)
    add(shop, {"left": 2})
    assert run(shop) == {("note", "done"): 3}


def test_the_same_key_is_enqueued_once_even_after_it_is_done(shop, handled):
    for _ in range(2):
        add(shop, {"n": 1}, key="sale 12")
    add(shop, {"n": 1}, key="sale 13")
    add(shop, {"n": 1}, kind="other", key="sale 12")
    assert run(shop) == {("note", "done"): 2}
    add(shop, {"n": 1}, key="sale 12")
    assert run(shop) == {}


def test_a_long_outcome_is_cut(shop, handled):
    handle(shop, lambda _running: "x" * 50)
    add(shop)
    run(shop)
    assert [row.outcome for row in stored(shop)] == ["x" * 20]


def test_a_needless_job_frees_its_key(shop, handled):
    handle(shop, lambda _running: NEEDLESS)
    for _ in range(2):
        add(shop, key="reply 5")
        assert run(shop) == {("note", NEEDLESS): 1}


def test_eight_threads_enqueue_one_key_once(shop):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: add(shop, key="only"), range(8)))
    assert len(stored(shop)) == 1


def test_a_failed_job_is_tried_again_at_growing_intervals_then_fails_for_good(shop, handled):
    handle(shop, lambda _running: 1 / 0)
    add(shop, {"kept": "payload"})
    waits = []
    for _ in range(job.MOST_FAILURES - 1):
        assert run(shop) == {("note", "waiting"): 1}
        (row,) = stored(shop)
        waits.append(row.run_at - now())
        make_due(shop)
    assert waits == sorted(waits)
    assert waits[-1] > 20 * waits[0] > timedelta(minutes=20)
    assert run(shop) == {("note", "failed"): 1}
    (row,) = stored(shop)
    assert (row.state, row.payload) == ("failed", {"kept": "payload"})
    assert row.error == "ZeroDivisionError: division by zero"
    make_due(shop)
    assert run(shop) == {}


def test_a_faulty_job_does_not_block_the_next_ones(shop, handled):
    handle(shop, lambda running: 1 / running.payload["by"] and None)
    for by in (0, 1, 0, 1):
        add(shop, {"by": by})
    assert run(shop) == {("note", "waiting"): 2, ("note", "done"): 2}


def test_what_must_wait_counts_as_no_failure_and_holds_up_its_kind(shop, handled):
    def away(running):
        raise Later("the printer is away")

    handle(shop, away)
    for _ in range(3):
        add(shop)
    for _ in range(job.MOST_FAILURES + 1):
        assert run(shop) == {("note", "postponed"): 1}
        make_due(shop)
    first, second, third = stored(shop)
    assert sum(row.failures for row in (first, second, third)) == 0
    assert first.error == "the printer is away"


def test_jobs_of_a_round_share_a_connection_that_is_closed_afterwards(shop, handled):
    opened, used = [], []

    class Printer:
        def __enter__(self):
            opened.append("open")
            return used.append

        def __exit__(self, *_error):
            opened.append("closed")

    handle(shop, lambda running: running.connections.get(Printer)(running.id))
    for _ in range(3):
        add(shop)
    run(shop)
    assert (opened, len(used)) == (["open", "closed"], 3)


def test_the_job_of_a_killed_worker_runs_again_after_its_lease(shop, handled, monkeypatch):
    add(shop, {"n": 1})
    with shop.writing() as request:
        assert job.claim(request.db, {"note"}).payload == {"n": 1}
    monkeypatch.setattr(job, "now", lambda: now() + job.LEASE - timedelta(minutes=1))
    assert run(shop) == {}
    monkeypatch.setattr(job, "now", lambda: now() + job.LEASE + timedelta(seconds=1))
    assert run(shop) == {("note", "done"): 1}


def test_a_job_that_kills_its_workers_fails_for_good(shop, handled, monkeypatch):
    add(shop)
    for killed in range(job.MOST_FAILURES + 1):
        passed = killed * (job.LEASE + timedelta(seconds=1))
        monkeypatch.setattr(job, "now", lambda passed=passed: now() + passed)
        with shop.writing() as request:
            row = job.claim(request.db, {"note"})
        assert row.failures == killed
    monkeypatch.setattr(job, "now", lambda: now() + 10 * (job.LEASE + timedelta(seconds=1)))
    assert run(shop) == {("note", "failed"): 1}
    assert handled == []
    (row,) = stored(shop)
    assert row.error.startswith("a worker was killed during this job")


def test_a_worker_that_lost_its_lease_changes_nothing(shop, handled, monkeypatch):
    add(shop)
    with shop.writing() as request:
        slow = job.claim(request.db, {"note"})
    with monkeypatch.context() as later:
        later.setattr(job, "now", lambda: now() + 2 * job.LEASE)
        with shop.writing() as request:
            job.claim(request.db, {"note"})
    with shop.writing() as request:
        job.fail(request.db, slow, "too late")
        assert job.extend(request.db, slow) is None
    (row,) = stored(shop)
    assert (row.state, row.error, row.attempts) == ("waiting", "", 2)


def test_a_long_job_keeps_its_lease(shop, handled, monkeypatch):
    def long(running):
        for passed in (9, 18, 27):
            monkeypatch.setattr(job, "now", lambda passed=passed: now() + timedelta(minutes=passed))
            with shop.writing() as request:
                assert job.claim(request.db, {"note"}) is None
            running.keep()

    handle(shop, long)
    add(shop)
    assert run(shop) == {("note", "done"): 1}


def test_two_workers_run_each_of_1000_jobs_once(shop, handled):
    ran, lock = Counter(), threading.Lock()

    def count(running):
        with lock:
            ran[running.payload["n"], threading.get_ident()] += 1

    handle(shop, count)
    with shop.writing() as request:
        for n in range(1_000):
            enqueue(request.db, "note", {"n": n})
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: run(shop), range(2)))
    assert sum(part[("note", "done")] for part in done) == 1_000
    assert sorted(n for n, _worker in ran) == list(range(1_000))
    assert set(ran.values()) == {1}
    assert len({worker for _n, worker in ran}) == 2


def test_a_recurring_job_runs_again_after_its_rest(shop, handled):
    runs = []
    handle(shop, lambda running: runs.append(running.id), every=timedelta(days=1))
    for _ in range(3):
        enqueue_recurring(shop.registry)
        run(shop)
    assert len(runs) == 1
    make_due(shop)
    run(shop)
    assert runs == [runs[0]] * 2


def test_a_recurring_job_never_fails_for_good(shop, handled):
    handle(shop, lambda _running: 1 / 0, every=timedelta(days=1))
    enqueue_recurring(shop.registry)
    for _ in range(job.MOST_FAILURES + 2):
        assert run(shop) == {("note", "waiting"): 1}
        make_due(shop)


def test_jobs_of_an_unknown_kind_wait_for_their_plugin(shop, handled):
    add(shop, kind="gone")
    assert dict(run_due(shop.registry)) == {}
    (row,) = [one for one in stored(shop) if one.kind == "gone"]
    assert (row.state, row.attempts) == ("waiting", 0)


def test_two_handlers_of_a_kind_are_a_conflict(shop):
    from courseshop import configure

    config = configure({"sqlalchemy.url": "sqlite://", "courseshop.mode": "development"})
    config.include(lambda one: one.add_job("mail", print), route_prefix="x")
    with pytest.raises(ConfigurationConflictError, match="mail"):
        config.commit()


@pytest.fixture
def ini(tmp_path, migrated_database):
    return write_ini(tmp_path, migrated_database())


@pytest.fixture
def own_shop(ini):
    shop = Shop.open(ini)
    yield shop
    shop.close()


def test_work_once_runs_what_is_due_and_keeps_house(ini, own_shop):
    done = courseshop("work", ini, "--once")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "housekeeping: 1 done\n"
    assert courseshop("work", ini, "--once").stderr == ""
    (row,) = stored(own_shop)
    assert (row.kind, row.state) == ("housekeeping", "waiting")
    assert timedelta(hours=23) < row.run_at - now() < timedelta(hours=25)


@pytest.mark.slow
@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_runs_until_it_is_stopped(ini, own_shop, stop):
    with subprocess.Popen([COMMAND, "work", str(ini)], stderr=subprocess.PIPE, text=True) as worker:
        watchdog = threading.Timer(60, worker.kill)
        watchdog.start()
        assert worker.stderr.readline() == "housekeeping: 1 done\n"
        worker.send_signal(stop)
        assert worker.wait(10) == 0
        watchdog.cancel()


@pytest.mark.slow
def test_a_killed_worker_loses_no_job(ini, own_shop):
    with subprocess.Popen([COMMAND, "work", str(ini)], stderr=subprocess.PIPE) as worker:
        wait_until(lambda: stored(own_shop))
        worker.kill()
    (row,) = stored(own_shop)
    assert row.state == "waiting"


def test_jobs_lists_what_waits_and_what_failed_and_retries_it(ini, own_shop):
    assert courseshop("jobs", ini).stdout == "no jobs\n"
    add(own_shop, kind="gone")
    add(own_shop, {"kind": "nonsense"}, kind="mail")
    with own_shop.writing() as request:
        failed = {"state": "failed", "error": "ValidationError: bad", "attempts": 8}
        request.db.execute(update(Job).where(Job.kind == "mail").values(failed))
    first, *lines = courseshop("jobs", ini).stdout.splitlines()
    assert first == "1 failed, 1 waiting"
    assert "gone  unknown kind; its plugin is not in pyramid.includes" in lines[0]
    assert lines[1].endswith("mail  failed  8 attempts  ValidationError: bad")
    assert courseshop("jobs", ini, "--failed").stdout.splitlines() == ["1 failed", lines[1]]
    again = courseshop("jobs", ini, "--retry", lines[1].split()[0])
    assert (again.returncode, again.stderr) == (0, "1 to retry.\n")
    assert courseshop("jobs", ini, "--failed").stdout == "no jobs\n"
    refused = courseshop("jobs", ini, "--retry", "999")
    assert refused.returncode == 1
    assert "only a job that waits or failed can be retried" in refused.stderr
