"""The worker: claims due jobs one by one, runs their handlers, and stores what came of it."""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.shop import shop_of
from courseshop.jobs import Connections, Later, RunningJob, kinds_of
from courseshop.services import job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from pyramid.registry import Registry

log = logging.getLogger(__name__)
# The key of the only job of a recurring kind.
RECURRING = "recurring"
# The outcome of a job that waits for something, as do the others of its kind.
POSTPONED = "postponed"
KILLED = "a worker was killed during this job, or took too long, at each attempt"


def run_due(
    registry: Registry,
    kinds: Collection[str] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Counter[tuple[str, str]]:
    """Run all due jobs of these kinds (None: of all), also those that are enqueued meanwhile.

    Returns the number of jobs by kind and outcome: what the handler returned, or "done", "waiting"
    (for another attempt), "postponed" or "failed". Ends early, after a job, if `stopped()`.
    """
    left, done = set(kinds_of(registry) if kinds is None else kinds), Counter[tuple[str, str]]()
    with Connections() as connections:
        while left and not stopped():
            row = run_in_own_transaction(registry, lambda db: job.claim(db, left))
            if row is None:
                break
            outcome = run(RunningJob(registry, row, connections))
            done[row.kind, outcome] += 1
            if outcome == POSTPONED:
                left.discard(row.kind)
    return done


def run(running: RunningJob) -> str:
    """Run a claimed job, store what came of it, and return its outcome."""
    kind = kinds_of(running.registry)[running.row.kind]
    if running.row.failures >= job.MOST_FAILURES and kind.every is None:
        return fail(running, KILLED, recurring=False)
    try:
        outcome = kind.handler(running) or "done"
    except Later as reason:
        return postpone(running, str(reason))
    except Exception as error:  # noqa: BLE001 - a faulty job must not block the next ones
        return fail(running, f"{type(error).__name__}: {error}", recurring=kind.every is not None)
    # Retried on a lock conflict: if this were lost, the job would run again.
    if kind.every is None:
        running.in_transaction(lambda db: job.finish(db, running.row, outcome))
    else:
        every = kind.every
        running.in_transaction(lambda db: job.repeat(db, running.row, every))
    return outcome


def postpone(running: RunningJob, reason: str) -> str:
    log.warning("%s must wait: %s", running.row.kind, reason)
    running.in_transaction(lambda db: job.put_off(db, running.row, reason))
    return POSTPONED


def fail(running: RunningJob, reason: str, *, recurring: bool) -> str:
    log.warning("%s %s failed: %s", running.row.kind, running.id, reason)
    again = running.in_transaction(
        lambda db: job.fail(db, running.row, reason, for_good=not recurring)
    )
    return "waiting" if again else "failed"


def enqueue_recurring(registry: Registry) -> None:
    """Enqueue the only job of each recurring kind, unless it is already there."""
    recurring = [name for name, kind in kinds_of(registry).items() if kind.every is not None]
    with Session(shop_of(registry).engine) as db:
        missing = job.without_key(db, RECURRING, recurring)
    for name in missing:
        run_in_own_transaction(registry, partial(job.enqueue, kind=name, payload={}, key=RECURRING))
