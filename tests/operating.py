"""The operator's tool as tests run it: mostly in their own process, which saves its start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from click.testing import CliRunner

from courseshop.scripts import cli

COMMAND = str(Path(sys.executable).with_name("courseshop"))


class Done(NamedTuple):
    """What a command has left behind, called as subprocess.CompletedProcess calls it."""

    returncode: int
    stdout: str
    stderr: str


def courseshop(*arguments: Any, stdin: str = "") -> Done:
    """Run `courseshop` with these arguments in this process, whose logging stays as it is."""
    words = list(map(str, arguments))
    with patch("courseshop.scripts.common.setup_logging"):
        done = CliRunner(catch_exceptions=False).invoke(
            cli, words, input=stdin, prog_name="courseshop"
        )
    return Done(done.exit_code, done.stdout, done.stderr)


def run_courseshop(*arguments: Any, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run it as operators do: as a process of its own."""
    command = [COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=120, check=False
    )
