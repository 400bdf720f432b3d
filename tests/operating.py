"""The operator's tool as tests run it: mostly in their own process, which saves its start."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import chdir, contextmanager
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from click.testing import CliRunner

from courseshop import configure
from courseshop.scripts import cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyramid.config import Configurator

COMMAND = str(Path(sys.executable).with_name("courseshop"))


class Done(NamedTuple):
    """What a command has left behind, called as subprocess.CompletedProcess calls it."""

    returncode: int
    stdout: str
    stderr: str


_configured: dict[tuple[tuple[str, str], ...], Configurator] = {}


def configure_once(ini: Mapping[str, str]) -> Configurator:
    """Return the configuration of these settings; commands after the first save its half second."""
    key = tuple(sorted(ini.items()))
    if key not in _configured:
        _configured[key] = configure(ini)
    return _configured[key]


def courseshop(*arguments: Any, stdin: str = "") -> Done:
    """Run `courseshop` with these arguments in this process, whose logging stays as it is."""
    words = list(map(str, arguments))
    with (
        patch("courseshop.scripts.common.setup_logging"),
        patch("courseshop.scripts.common.configure", configure_once),
    ):
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


STAND_IN = """#!{python} -I
import os, sys
from multiprocessing.connection import Client
with Client({address!r}) as door:
    door.send((os.getcwd(), sys.argv[1:], sys.stdin.read()))
    code, out, err = door.recv()
sys.stdout.write(out)
sys.stderr.write(err)
sys.exit(code)
"""


@contextmanager
def on_path(folder: Path) -> Iterator[str]:
    """Yield a folder for the PATH of a script, in which `courseshop` stands for it in this process."""
    address, stand_in = str(folder / "door"), folder / "courseshop"
    stand_in.write_text(STAND_IN.format(python=sys.executable, address=address))
    stand_in.chmod(0o755)
    with Listener(address) as door:
        thread = threading.Thread(target=answer, args=[door])
        thread.start()
        try:
            yield str(folder)
        finally:
            with Client(address) as last:
                last.send(None)
            thread.join()


def answer(door: Listener) -> None:
    """Run one command after another, until there is none."""
    while True:
        with door.accept() as caller:
            asked = caller.recv()
            if asked is None:
                return
            where, arguments, stdin = asked
            with chdir(where):
                caller.send(tuple(courseshop(*arguments, stdin=stdin)))
