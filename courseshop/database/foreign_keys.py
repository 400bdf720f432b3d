"""Check at startup that rows of plugins do not keep rows of the core from being deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError

from courseshop.database.migrations import environments, own_tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyramid.registry import Registry
    from sqlalchemy import ForeignKey, Table

    from courseshop.framework.configurator import Configurator


def check(registry: Registry) -> None:
    """Raise ConfigurationError, naming each column of a plugin that would block a deletion."""
    core, *plugins = environments(registry)
    shared = set(own_tables([core]))
    tables = [table for table in own_tables(plugins) if table not in shared]
    found = [column for table in tables for column in blocking(table, shared)]
    if found:
        raise ConfigurationError(
            f"{', '.join(found)}: a foreign key to a table of the shop needs "
            'ondelete="CASCADE", or ondelete="SET NULL" and a nullable column'
        )


def blocking(table: Table, core: set[Table]) -> Iterator[str]:
    """Yield the columns of a table whose foreign keys keep rows of the core from being deleted."""
    for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
        if key.column.table in core and not gives_way(key):
            yield str(key.parent)


def gives_way(key: ForeignKey) -> bool:
    action = (key.ondelete or "").upper()
    return action == "CASCADE" or (action == "SET NULL" and bool(key.parent.nullable))


def includeme(config: Configurator) -> None:
    # Runs after every plugin has registered its migrations.
    config.action("courseshop foreign keys", lambda: check(config.registry), order=9_999)
