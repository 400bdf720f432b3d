"""Counts what a process sends to its database, whatever sends it: Python imports this by itself.

That is, when this folder is on PYTHONPATH. Each statement is one more byte of the file that
BENCH_STATEMENTS names; transactions and settings of the connection are none.
"""

from __future__ import annotations

import os
import sqlite3
import sqlite3.dbapi2
from typing import Any

import psycopg

NO_QUERIES = (
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "PRAGMA",
    "SET ",
    "SHOW ",
    "--",
)
out = os.open(os.environ["BENCH_STATEMENTS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
connect, execute = sqlite3.connect, psycopg.Cursor.execute


def note(statement: str) -> None:
    if not statement.lstrip().upper().startswith(NO_QUERIES):
        os.write(out, b".")


def traced(*arguments: Any, **more: Any) -> Any:
    connection = connect(*arguments, **more)
    connection.set_trace_callback(note)
    return connection


def noted(cursor: Any, query: Any, *arguments: Any, **more: Any) -> Any:
    note(query if isinstance(query, str) else str(query))
    return execute(cursor, query, *arguments, **more)


sqlite3.connect = sqlite3.dbapi2.connect = traced
psycopg.Cursor.execute = noted  # type: ignore[method-assign, assignment]
