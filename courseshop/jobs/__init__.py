"""Jobs: handlers for kinds of work that a worker does after the request that causes it.

Each job runs at least once: if a worker is killed, another one runs its job again. So a handler
must give the same result when it runs twice. Handlers run outside of a transaction, and open their
own short ones.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from typing_extensions import TypeVar

from courseshop.database.transactions import run_in_own_transaction
from courseshop.services import job as service
from courseshop.services.job import NEEDLESS, enqueue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import timedelta

    from pydantic import JsonValue
    from pyramid.registry import Registry
    from sqlalchemy.orm import Session

    from courseshop.framework.configurator import Configurator
    from courseshop.models.rows import JobRow

__all__ = ["NEEDLESS", "Connections", "Kind", "Later", "RunningJob", "enqueue", "kinds_of"]

Result = TypeVar("Result")
AnEvent = TypeVar("AnEvent", default=None)
KINDS = "courseshop jobs"


class Later(Exception):  # noqa: N818 - neither the program nor the job is at fault
    """Raised by a handler to postpone its job, because something that it needs is away.

    This is no failure, however often it happens. The other jobs of this kind wait, too.
    """


class Connections(ExitStack):
    """What the jobs of one round opened, such as a connection to a mail server, to share it."""

    def __init__(self) -> None:
        super().__init__()
        # Any: the type of a connection depends on what opens it.
        self._opened: dict[Callable[[], AbstractContextManager[Any]], Any] = {}

    def get(self, connect: Callable[[], AbstractContextManager[Result]]) -> Result:
        """Return what `connect()` yields, opened on first use and closed after the round."""
        if connect not in self._opened:
            self._opened[connect] = self.enter_context(connect())
        found: Result = self._opened[connect]
        return found


class RunningJob(Generic[AnEvent]):
    """A job, as its handler gets it: `id`, `payload`, `created_at`, and the shop's `registry`.

    `connections` are shared with the other jobs of this round. The job of an event has the `event`.
    """

    event: AnEvent

    def __init__(self, registry: Registry, row: JobRow, connections: Connections) -> None:
        self.registry, self.row, self.connections = registry, row, connections
        self.id, self.created_at = row.id, row.created_at
        self.payload: Mapping[str, JsonValue] = row.payload

    def in_transaction(self, do: Callable[[Session], Result]) -> Result:
        """Return the result of `do(db)`, run in a short transaction; conflicts are retried."""
        return run_in_own_transaction(self.registry, do)

    def keep(self) -> None:
        """Tell other workers for another ten minutes that this job is still running.

        Raises Later if that comes too late, and another worker has the job.
        """
        row = self.in_transaction(lambda db: service.extend(db, self.row))
        if row is None:
            raise Later("another worker runs this job")
        self.row = row


@dataclass(frozen=True)
class Kind:
    """A kind of job: its handler, and for a recurring one how long it rests."""

    handler: Callable[[RunningJob], str | None]
    every: timedelta | None = None


def add_job(
    config: Configurator,
    kind: str,
    handler: Callable[[RunningJob], str | None] | str,
    every: timedelta | None = None,
) -> None:
    """Let workers run jobs of a `kind` with `handler(job)`.

    What the handler returns, such as "sent" (at most 20 characters), is stored as the outcome. An
    exception is stored as the job's error; the job is tried again, at growing intervals. A kind
    with `every` is recurring: it needs no `enqueue`, and runs again so long after each run.
    """
    found: Kind = Kind(config.maybe_dotted(handler), every)
    introspectable = config.introspectable(KINDS, kind, kind, KINDS)
    introspectable.update(kind=kind, handler=found.handler, package=config.package_name)

    def register() -> None:
        config.registry[KINDS][kind] = found

    config.action((KINDS, kind), register, introspectables=(introspectable,))


def kinds_of(registry: Registry) -> dict[str, Kind]:
    """Return all kinds of jobs by name."""
    kinds: dict[str, Kind] = registry[KINDS]
    return kinds


def includeme(config: Configurator) -> None:
    config.registry[KINDS] = {}
    config.add_directive("add_job", add_job)
    config.include("courseshop.jobs.events")
    config.include("courseshop.jobs.housekeeping")
