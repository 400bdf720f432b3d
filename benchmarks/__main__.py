"""The command `python -m benchmarks`."""

from __future__ import annotations

import click

from benchmarks.compare import compare
from benchmarks.load.command import load
from benchmarks.load.people import print_people
from benchmarks.profile import profile
from benchmarks.scale import scale
from benchmarks.shops import prepare
from courseshop.scripts import Commands


@click.group(cls=Commands, context_settings={"show_default": True})
def cli() -> None:
    """Make shops of a known size, and measure what their pages cost."""


for command in (prepare, scale, load, compare, profile, print_people):
    cli.add_command(command)

if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
