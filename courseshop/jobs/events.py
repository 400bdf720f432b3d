"""Jobs for events: subscribers whose work is not lost, even if the process is killed."""

from __future__ import annotations

from dataclasses import fields
from functools import wraps
from typing import TYPE_CHECKING, TypeVar, cast

from pyramid.exceptions import ConfigurationError

from courseshop.domain.events import Event
from courseshop.services.job import enqueue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import JsonValue

    from courseshop.framework.configurator import Configurator
    from courseshop.jobs import RunningJob

AnEvent = TypeVar("AnEvent", bound=Event)


def add_event_job(
    config: Configurator,
    kind: str,
    handler: Callable[[RunningJob[AnEvent]], str | None] | str,
    event: type[AnEvent] | str,
) -> None:
    """Enqueue a job of this `kind` for each `event`, and let workers run it with `handler(job)`.

    The job is stored in the transaction that publishes the event, and `job.event` is the event.
    """
    handle: Callable[[RunningJob[AnEvent]], str | None] = config.maybe_dotted(handler)
    event_type: type[AnEvent] = config.maybe_dotted(event)
    if not (isinstance(event_type, type) and issubclass(event_type, Event)):
        raise ConfigurationError(f"add_event_job: {event_type!r} is not an event of the shop")

    @wraps(handle)
    def run(job: RunningJob) -> str | None:
        of_event = cast("RunningJob[AnEvent]", job)
        of_event.event = event_of(event_type, job.payload)
        return handle(of_event)

    def store(found: AnEvent) -> None:
        if found.db is not None:
            enqueue(found.db, kind, values_of(found))

    config.add_job(kind, run)
    config.add_subscriber(store, event_type)


def values_of(event: Event) -> dict[str, JsonValue]:
    """Return the fields of an event as JSON; tuples become lists."""
    return {one.name: getattr(event, one.name) for one in fields(event) if one.name != "db"}


def event_of(event_type: type[AnEvent], values: Mapping[str, JsonValue]) -> AnEvent:
    """Return the event with these fields; those that it does not have are left out."""
    names = {one.name for one in fields(event_type)}
    make: Callable[..., AnEvent] = event_type
    return make(**{name: frozen(one) for name, one in values.items() if name in names})


def frozen(value: JsonValue) -> JsonValue | tuple[JsonValue, ...]:
    """Return a list as a tuple."""
    return tuple(value) if isinstance(value, list) else value


def includeme(config: Configurator) -> None:
    config.add_directive("add_event_job", add_event_job)
