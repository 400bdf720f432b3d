"""The command `python -m benchmarks`."""

from __future__ import annotations

import click

from benchmarks.compare import compare
from benchmarks.data.command import data
from benchmarks.load.command import load
from benchmarks.load.people import print_people
from benchmarks.profile import profile
from benchmarks.scale import scale
from benchmarks.shops import prepare
from courseshop.scripts import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Make shops of a known size, and measure what their pages cost."""


for command in (data, prepare, scale, load, compare, profile, print_people):
    cli.add_command(command)

if __name__ == "__main__":
    cli(prog_name="python -m benchmarks")
