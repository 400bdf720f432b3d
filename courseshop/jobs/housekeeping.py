"""The recurring job that removes outdated rows, as `courseshop clean` does."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.shop import shop_of
from courseshop.services import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry

    from courseshop.framework.configurator import Configurator
    from courseshop.jobs import RunningJob
    from courseshop.services.clean import Outdated


def keep_house(job: RunningJob) -> None:
    """Remove all outdated rows, in many short transactions."""
    for old in clean.outdated(shop_of(job.registry).settings):
        for _removed in removing(job.registry, old):
            job.keep()


def removing(registry: Registry, old: Outdated) -> Iterator[int]:
    """Remove all outdated rows of a table, each batch in its own transaction; yield its size."""
    last: int | str | None = None
    while keys := run_in_own_transaction(registry, partial(clean.remove_some, old=old, after=last)):
        last = keys[-1]
        yield len(keys)


def includeme(config: Configurator) -> None:
    config.add_job("housekeeping", keep_house, every=timedelta(days=1))
