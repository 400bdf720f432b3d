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

    from courseshop.services.similarity import Similarity

# A few hundred rows per transaction, so that other writes hardly wait.
COURSES_AT_ONCE = 100


@click.command()
@click.argument("ini", type=INI)
def relate(ini: str) -> None:
    """Find related courses for each course, to show on its page.

    Compares the wishlists, tags and categories of courses. You can run it while the shop is
    running, ideally nightly. It stores only differences. If you stop it, the next run continues.
    """
    courses, changed = relate_all(open_shop(ini))
    click.echo(f"Compared {courses} courses; the related courses of {changed} changed.")


def relate_all(registry: Registry) -> tuple[int, int]:
    """Find and store the related courses of all courses.

    Shows a progress bar, which is hidden if stderr is not a terminal. Returns the number of courses
    compared, and the number of courses whose related courses changed.
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
        run_in_own_transaction(registry, service.analyze)
    return len(ids), changed


def relate_some(registry: Registry, likeness: Similarity, course_ids: Sequence[int]) -> int:
    """Store the related courses of some courses in one transaction; return how many changed."""
    found = {course_id: likeness.related(course_id) for course_id in course_ids}
    with Session(shop_of(registry).engine) as db:
        changed = service.changed(db, found)
    if changed:
        run_in_own_transaction(registry, partial(service.store, found=changed))
    return len(changed)
