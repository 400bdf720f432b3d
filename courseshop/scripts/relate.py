from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click
from sqlalchemy.orm import Session

from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.shop import shop_of
from courseshop.scripts.common import INI, open_shop
from courseshop.services import related as service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyramid.registry import Registry

    from courseshop.services.similarity import Likeness

# A few hundred rows: what writes in the shop meanwhile hardly waits.
COURSES_AT_ONCE = 100


@click.command()
@click.argument("ini", type=INI)
def relate(ini: str) -> None:
    """Find for each course which others go with it, for its page to show.

    By what the same people wish for, by tags, and by category. Run it when there is little to do,
    such as each night: it may run beside the shop, writes only what is not so yet, and where it
    was stopped the next run goes on.
    """
    courses, changed = relate_all(open_shop(ini))
    click.echo(f"{courses} courses compared, {changed} of them go with others than before.")


def relate_all(registry: Registry) -> tuple[int, int]:
    """Find and store it, with a progress bar that is silent where nobody watches.

    Return how many courses were compared, and of how many something else was stored.
    """
    with Session(shop_of(registry).engine) as db:
        likeness = service.likeness(db)
        ids = sorted(likeness.courses.keys() | service.with_some(db))
    batches = [ids[n : n + COURSES_AT_ONCE] for n in range(0, len(ids), COURSES_AT_ONCE)]
    with click.progressbar(
        batches, label="Related courses", hidden=not sys.stderr.isatty(), file=sys.stderr
    ) as bar:
        changed = sum(relate_some(registry, likeness, batch) for batch in bar)
    if changed:
        run_in_own_transaction(registry, service.tell_planner)
    return len(ids), changed


def relate_some(registry: Registry, likeness: Likeness, course_ids: Sequence[int]) -> int:
    """Store what goes with some courses, in one short transaction; return for how many it did."""
    found = {course_id: likeness.related(course_id) for course_id in course_ids}
    with Session(shop_of(registry).engine) as db:
        changed = service.changed(db, found)
    if changed:
        run_in_own_transaction(registry, partial(service.store, found=changed))
    return len(changed)
