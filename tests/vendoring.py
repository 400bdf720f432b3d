"""Fetch the font of others again, as npm publishes it.

`make vendor`: each file has its license beside it.
"""

from __future__ import annotations

import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from compressing import main as compress

import courseshop

PACKAGE = Path(courseshop.__file__).parent
FONTS = PACKAGE / "fonts"


class Vendored(NamedTuple):
    """A file of an npm package; `{version}` in the name it gets here is the package's."""

    package: str
    file: str
    folder: Path
    name: str
    license: str


ALL = (
    Vendored(
        "dejavu-fonts-ttf@2",
        "ttf/DejaVuSansCondensed-Bold.ttf",
        FONTS,
        "DejaVuSansCondensed-Bold.ttf",
        "DejaVu-LICENSE",
    ),
)


def fetch(one: Vendored) -> None:
    """Put the file and the license of a package where they belong, in place of the former."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", one.package]
        done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        archive = done.stdout.split()[-1]
        version = archive.removesuffix(".tgz").rpartition("-")[2]
        with tarfile.open(Path(folder, archive)) as packed:
            packed.extractall(folder, filter="data")
        unpacked = Path(folder, "package")
        for former in one.folder.glob(one.name.format(version="*") + "*"):
            former.unlink()
        name = one.name.format(version=version)
        (one.folder / name).write_bytes((unpacked / one.file).read_bytes())
        (license_,) = unpacked.glob("LICENSE*")
        (one.folder / one.license).write_bytes(license_.read_bytes())


if __name__ == "__main__":
    for each in ALL:
        fetch(each)
    compress()
