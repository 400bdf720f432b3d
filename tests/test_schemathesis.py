"""Schemathesis checks that the shop and its API description agree.

Every operation gets each edge case of its schema once, from the role that may do most there: a
guest at login and registration, an admin elsewhere. Random and stateful cases come on top. With
`--databases all`, all roles send everything, on SQLite and PostgreSQL; `make fuzz` goes on for
hours.
"""

from __future__ import annotations

import pytest
from fuzzing import NOT_OF_THE_ACCOUNT, PHASES, ROLES, open_shop, run
from helpers import serving

pytestmark = pytest.mark.fuzzing

# The same cases each time, and only as many as there is time for.
BOUNDED = ["--generation-deterministic", "--seed", "1", "--max-examples"]
FEW = [*BOUNDED, "2", "--phases"]
MANY = [*BOUNDED, "10", "--phases", PHASES]
OF_THE_ACCOUNT = ["--exclude-path-regex", NOT_OF_THE_ACCOUNT]
ARGUMENTS = {
    "guest": [*OF_THE_ACCOUNT, *FEW, PHASES],
    "admin": [*FEW, "examples,coverage,stateful"],
    "instructor": [*FEW, "fuzzing"],
}


def thorough(config):
    return config.option.databases == "all"


def pytest_generate_tests(metafunc):
    if "role" in metafunc.fixturenames:
        metafunc.parametrize("role", ROLES if thorough(metafunc.config) else ARGUMENTS)


def test_schemathesis_finds_nothing(demo_database, backend, tmp_path, role, pytestconfig):
    if backend == "mariadb":
        pytest.skip("runs on SQLite and PostgreSQL only")
    ini, options = open_shop(tmp_path, demo_database(), role)
    with serving(ini) as base:
        run(base, tmp_path, [*options, *(MANY if thorough(pytestconfig) else ARGUMENTS[role])])


def test_schemathesis_finds_nothing_in_html_pages(demo_ini, tmp_path, pytestconfig):
    # Links cannot be followed in HTML, so there is no stateful phase.
    phases = [*MANY[:-1], "coverage,fuzzing"] if thorough(pytestconfig) else [*FEW, "fuzzing"]
    with serving(demo_ini) as base:
        # A browser gets the page without the invalid part of its link.
        lenient = ["--exclude-checks", "negative_data_rejection"]
        run(base, tmp_path, [*phases, *lenient], accept="*/*")
