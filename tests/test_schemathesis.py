"""The API description and the shop agree, whoever asks whatever: by schemathesis."""

from __future__ import annotations

import pytest
from fuzzing import PHASES, ROLES, open_shop, run
from helpers import serving

# Always the same cases, and not more of them than there is time for.
BOUNDED = ["--max-examples", "10", "--generation-deterministic", "--seed", "1", "--phases"]


@pytest.mark.parametrize("role", ROLES)
def test_schemathesis_finds_nothing(new_database, backend, tmp_path, role):
    if backend == "mariadb":
        pytest.skip("it is asked on SQLite and PostgreSQL")
    ini, options = open_shop(tmp_path, new_database(), role)
    with serving(ini) as base:
        run(base, tmp_path, [*options, *BOUNDED, PHASES])


def test_schemathesis_finds_nothing_in_the_pages_of_browsers(sqlite_ini, tmp_path):
    # From HTML no link can be followed, so there is no stateful phase.
    with serving(sqlite_ini) as base:
        run(base, tmp_path, [*BOUNDED, "coverage,fuzzing"], accept="*/*")
