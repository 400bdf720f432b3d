"""Where and of what a run was made, so that others know what its figures mean."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from sqlalchemy import create_engine, text

from benchmarks.load import nginx
from benchmarks.load.servers import ROOT
from benchmarks.load.wrk import find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import URL

PACKAGES = (
    *("pyramid", "SQLAlchemy", "Jinja2", "orjson", "waitress", "gunicorn", "granian", "uvicorn"),
    *("Flask", "Django", "fastapi", "psycopg"),
)
# Load per core, before the run, from which on its figures are doubtful.
BUSY = 0.5


def machine() -> dict[str, Any]:
    """Return what the machine is, and how busy it is now."""
    cores = len(os.sched_getaffinity(0))
    return {
        "cpu": cpu_model(),
        "cores": cores,
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "system": platform.platform(terse=True),
        "load_per_core": round(os.getloadavg()[0] / cores, 2),
    }


def cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def warnings(found: dict[str, Any]) -> list[str]:
    """Return what makes the figures doubtful."""
    load = found["load_per_core"]
    if load <= BUSY:
        return []
    return [f"the machine was busy before the run: {load} per core; its figures mean little"]


def versions(urls: Sequence[URL]) -> dict[str, str]:
    known = {name: version(name) for name in PACKAGES}
    servers = {url.get_backend_name(): server_version(url) for url in urls}
    return {
        "Python": platform.python_version(),
        **known,
        **servers,
        "wrk": wrk_version(),
        "nginx": nginx.version(),
    }


def server_version(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return sqlite3.sqlite_version
    engine = create_engine(url)
    with engine.connect() as connection:
        told = str(connection.scalar(text("SHOW server_version")))
    engine.dispose()
    return told.partition(" ")[0]


def wrk_version() -> str:
    told = subprocess.run([find(), "-v"], capture_output=True, text=True, check=False).stdout
    return told.partition("[")[0].removeprefix("wrk").strip()


def commit() -> str:
    """Return the commit that is measured, with a "+" when files differ from it."""
    try:
        name = git("describe", "--always", "--abbrev=10", "--tags")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{name}+" if changed else name


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
