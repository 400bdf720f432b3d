"""Rounds over all pages, in which the two shops take turns: what disturbs one disturbs both."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import click

from benchmarks.scale.site import Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.scale.site import Site

WARM_UP = 3
# What the shop answers to a query that it does not know.
UNKNOWN = {400, 422}


class Result(NamedTuple):
    """The median costs of one page at the small and the large shop."""

    page: str
    small: Cost
    large: Cost


class Page:
    """One page at both shops, the small one first, and what each request cost there."""

    def __init__(
        self, page: str, sites: Sequence[Site], names: Sequence[Mapping[str, str]]
    ) -> None:
        form, _space, path = page.rpartition(" ")
        self.page, self.form = page, form or "html"
        self.places = [
            (site, path.format(**known), list[Cost]())
            for site, known in zip(sites, names, strict=True)
        ]

    def refusal(self) -> int | None:
        """Ask until all that is made once is made; return the status of a refusal, if it is one.

        A ClickException when something else is wrong.
        """
        for site, url, _costs in self.places:
            for _ in range(WARM_UP):
                status, _body, _cost = site.ask(url, self.form)
            if status in UNKNOWN:
                return status
            if status != 200:
                raise click.ClickException(f"{url} answers {status}; is the shop filled?")
        return None

    def ask(self, *, backwards: bool) -> None:
        for site, url, costs in reversed(self.places) if backwards else self.places:
            costs.append(site.ask(url, self.form)[2])

    def result(self) -> Result:
        small, large = (
            Cost(*map(median, zip(*costs, strict=True))) for _site, _url, costs in self.places
        )
        return Result(self.page, small, large)


def measure(pages: Sequence[Page], rounds: int, done: Callable[[], object]) -> list[Result]:
    """Return the results of the pages; call `done` after each round."""
    for number in range(rounds):
        for page in pages:
            page.ask(backwards=number % 2 == 1)
        done()
    return [page.result() for page in pages]
