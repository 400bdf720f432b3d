"""How much databases read for the statements of a request, in a shop with enough rows to matter."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from sqlalchemy import event

from courseshop.database.compiled import CompiledStatement, DriverStatement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers import Shop

# What a database puts in front of a statement to run it and say how many rows each step has read.
EXPLAIN = {"postgresql": "EXPLAIN (ANALYZE, FORMAT JSON)", "mysql": "ANALYZE FORMAT=JSON"}
# SQLite counts the instructions of its virtual machine: so many for a row, and some more to sort.
INSTRUCTIONS_PER_ROW = 20


@dataclass(frozen=True)
class Read:
    """A statement, and about how many rows the database read for it."""

    statement: str
    rows: int


def analyze(shop: Shop) -> None:
    """Have the database count the rows, so that its planner chooses as in life."""
    tables = (
        "course, review, report, audit, course_instructor, instructor_count, invitation, "
        "enrolment, wish, wishlist"
    )
    how = {"mysql": f"ANALYZE TABLE {tables}"}
    with shop.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(how.get(shop.engine.dialect.name, "ANALYZE"))


def reads(shop: Shop, url: str, actor: Any, status: int = 200) -> list[Read]:
    """Return what the database reads for a request."""
    with statements(shop) as sent:
        answer = shop.json(url, actor)
    assert answer.status_int == status, (url, answer.status_int)
    with shop.engine.connect() as connection:
        count = count_instructions if shop.engine.dialect.name == "sqlite" else count_rows
        return [Read(words, count(connection, words, given)) for words, given in sent]


@contextmanager
def statements(shop: Shop) -> Iterator[list[tuple[str, Any]]]:
    """Yield a list that the selects sent meanwhile go to, with their parameters."""
    sent: list[tuple[str, Any]] = []

    def note(_connection, _cursor, statement, parameters, *_rest):
        if statement.lstrip("( ").startswith(("SELECT", "WITH")):
            sent.append((statement, parameters))

    event.listen(shop.engine, "before_cursor_execute", note)
    try:
        with patch.object(CompiledStatement, "execute", by_sqlalchemy):
            yield sent
    finally:
        event.remove(shop.engine, "before_cursor_execute", note)


def by_sqlalchemy(prepared: Any, connection: Any, values: dict[str, Any]) -> Any:
    """Execute a compiled statement as any other: what goes to the driver itself has no events."""
    found = connection.execute(prepared.statement, values)
    rows = found.all() if found.returns_rows else []
    return DriverStatement("", {}, None, {}, []), rows, found.rowcount


def count_instructions(connection: Any, statement: str, parameters: Any) -> int:
    steps = 0

    def note():
        nonlocal steps
        steps += 1

    driver = connection.connection.driver_connection
    driver.set_progress_handler(note, INSTRUCTIONS_PER_ROW)
    try:
        connection.exec_driver_sql(statement, parameters).all()
    finally:
        driver.set_progress_handler(None, 0)
    return steps


def count_rows(connection: Any, statement: str, parameters: Any) -> int:
    explain = EXPLAIN[connection.dialect.name]
    plan = connection.exec_driver_sql(f"{explain} {statement}", parameters).scalar()
    return round(sum(steps(json.loads(plan) if isinstance(plan, str) else plan)))


def steps(plan: Any) -> Iterator[float]:
    """Yield the number of rows that each scan of a table or an index in a plan has read."""
    if isinstance(plan, list):
        for part in plan:
            yield from steps(part)
    elif isinstance(plan, dict):
        if "Node Type" in plan and "Plans" not in plan:
            # PostgreSQL tells rows that it has read in vain apart from the others.
            rows = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
            yield rows * plan["Actual Loops"]
        # Results of subqueries have names in angle brackets.
        if not plan.get("table_name", "<").startswith("<"):
            yield (plan.get("r_rows") or 0) * (plan.get("r_loops") or 0)
        for part in plan.values():
            yield from steps(part)
