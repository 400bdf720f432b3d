"""What is unique is unique by constraint: insert first, and ask only when that failed."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from courseshop.db import Overtaken
from courseshop.engine import is_duplicate
from courseshop.errors import Conflict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

# In what is known of a connection: how many savepoints it is in.
DEPTH = "courseshop.depth"


@contextmanager
def unless_taken(
    db: Session, taken: Any, refusal: Exception, *more: tuple[Any, Exception]
) -> Iterator[None]:
    """Run an insert in a savepoint; raise `refusal` when `taken` (a select) finds the rival.

    `more` are such selects and refusals for other columns that are unique, too.
    Raises Overtaken when the rival has gone meanwhile: the end of the savepoint gave up its locks.
    Another broken constraint is the program's fault, and stays an IntegrityError.
    """
    try:
        with savepoint(db.connection()):
            yield
    except IntegrityError as error:
        for rival, refused in ((taken, refusal), *more):
            if db.execute(rival).first() is not None:
                raise refused from None
        if is_duplicate(error):
            raise Overtaken("what was in the way of an insert is not there any more") from error
        raise


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """Undo what was sent within, and no more, when that raises; objects are not brought back.

    SQLAlchemy's own puts its statements together anew each time, a twentieth of what it costs to
    write a review. One that stands in another has another name, for MySQL would move the outer.
    """
    info = connection.info
    depth = info[DEPTH] = info.get(DEPTH, 0) + 1
    try:
        connection.exec_driver_sql(f"SAVEPOINT courseshop_{depth}")
        yield
    except BaseException:
        if not connection.invalidated:
            connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT courseshop_{depth}")
        raise
    else:
        connection.exec_driver_sql(f"RELEASE SAVEPOINT courseshop_{depth}")
    finally:
        info[DEPTH] = depth - 1


class _Already(Conflict):
    """Another transaction was the first to count."""


def add_to(db: Session, counter: Any, which: dict[str, Any], by: int = 1) -> None:
    """Add `by` to the column `counter` in the row that `which` names; the first one makes it."""
    model = counter.class_
    here = [getattr(model, name) == value for name, value in which.items()]
    adding = update(model).where(*here).values({counter: counter + by})
    adding = adding.execution_options(synchronize_session=False)
    done: Any = db.execute(adding)
    if done.rowcount:
        return
    with suppress(_Already), unless_taken(db, select(counter).where(*here), _Already("", "", "")):
        db.execute(insert(model).values({**which, counter.key: by}))
        return
    db.execute(adding)


def insert_new(db: Session, model: Any, rows: list[dict[str, Any]]) -> None:
    """Insert those of `rows` whose key is not there yet."""
    if not rows:
        return
    dialect = db.get_bind().dialect.name
    if dialect == "postgresql":
        statement: Any = postgresql.insert(model).on_conflict_do_nothing()
    elif dialect == "sqlite":
        statement = sqlite.insert(model).on_conflict_do_nothing()
    else:
        statement = insert(model).prefix_with("IGNORE")
    db.execute(statement, rows)
