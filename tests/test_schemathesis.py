"""The API description and the shop agree: checked by schemathesis.

Every operation gets each edge case of its schema once, from who may do most there: a guest at the
doors of an account, an admin elsewhere. Random cases and whole stories come on top. All roles ask
for everything, on SQLite and PostgreSQL, with `--databases all`, and for hours by `make fuzz`.
"""

from __future__ import annotations

import pytest
from fuzzing import NOT_OF_THE_ACCOUNT, PHASES, ROLES, open_shop, run
from helpers import serving

pytestmark = pytest.mark.fuzzing

# Always the same cases, and not more of them than there is time for.
BOUNDED = ["--generation-deterministic", "--seed", "1", "--max-examples"]
FEW = [*BOUNDED, "2", "--phases"]
MANY = [*BOUNDED, "10", "--phases", PHASES]
OF_THE_ACCOUNT = ["--exclude-path-regex", NOT_OF_THE_ACCOUNT]
ASKED = {
    "guest": [*OF_THE_ACCOUNT, *FEW, PHASES],
    "admin": [*FEW, "examples,coverage,stateful"],
    "instructor": [*FEW, "fuzzing"],
}


def thorough(config):
    return config.option.databases == "all"


def pytest_generate_tests(metafunc):
    if "role" in metafunc.fixturenames:
        metafunc.parametrize("role", ROLES if thorough(metafunc.config) else ASKED)


def test_schemathesis_finds_nothing(demo_database, backend, tmp_path, role, pytestconfig):
    if backend == "mariadb":
        pytest.skip("it is asked on SQLite and PostgreSQL")
    ini, options = open_shop(tmp_path, demo_database(), role)
    with serving(ini) as base:
        run(base, tmp_path, [*options, *(MANY if thorough(pytestconfig) else ASKED[role])])


def test_schemathesis_finds_nothing_in_the_pages_of_browsers(demo_ini, tmp_path, pytestconfig):
    # From HTML no link can be followed, so there is no stateful phase.
    phases = [*MANY[:-1], "coverage,fuzzing"] if thorough(pytestconfig) else [*FEW, "fuzzing"]
    with serving(demo_ini) as base:
        # A browser gets the page without what its link gets wrong.
        lenient = ["--exclude-checks", "negative_data_rejection"]
        run(base, tmp_path, [*phases, *lenient], accept="*/*")
