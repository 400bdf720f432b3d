"""Counts what a process asks its database, whatever asks it: Python imports this by itself.

That is, when this folder is on PYTHONPATH. Each query is one more byte of the file that
BENCH_QUERIES names.
"""

from __future__ import annotations

import os
import sqlite3.dbapi2
from typing import Any

import psycopg

# Not those about transactions and settings. ";" asks PostgreSQL whether a connection still lives.
QUERIES = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH", ";")
out = os.open(os.environ["BENCH_QUERIES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
connect, execute = sqlite3.connect, psycopg.Cursor.execute


def note(statement: str) -> None:
    if statement.lstrip().upper().startswith(QUERIES):
        os.write(out, b".")


def noting_connect(*arguments: Any, **more: Any) -> Any:
    connection = connect(*arguments, **more)
    connection.set_trace_callback(note)
    return connection


def noting_execute(cursor: Any, query: Any, *arguments: Any, **more: Any) -> Any:
    note(str(query))
    return execute(cursor, query, *arguments, **more)


sqlite3.connect = sqlite3.dbapi2.connect = noting_connect
psycopg.Cursor.execute = noting_execute  # type: ignore[method-assign, assignment]
