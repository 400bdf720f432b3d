"""Migrations that can be resumed on MySQL and MariaDB, which commit every change of the schema.

If `init` is stopped within a migration, its first changes stay, but the stored revision is still
the previous one. So the migration runs again, and its operations skip what is already done. The
other databases roll the whole upgrade back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic.ddl.mysql import MariaDBImpl, MySQLImpl
from sqlalchemy import PrimaryKeyConstraint, inspect

if TYPE_CHECKING:
    from sqlalchemy import Column, Constraint, Index, Inspector, Table


class ResumableMySQL(MySQLImpl):
    """Alembic's operations for MySQL; each does nothing if its effect is already there.

    Alembic finds this class by its `__dialect__`.
    """

    # The signatures use `Any` where Alembic's own do: options and values have any type.

    __dialect__ = "mysql"

    def create_table(self, table: Table, **options: Any) -> None:
        if not self._database().has_table(table.name):
            super().create_table(table, **options)
            return
        for index in table.indexes:
            self.create_index(index)

    def drop_table(self, table: Table, **options: Any) -> None:
        if self._database().has_table(table.name):
            super().drop_table(table, **options)

    def rename_table(
        self, old_table_name: str, new_table_name: str, schema: str | None = None
    ) -> None:
        if self._database().has_table(old_table_name):
            super().rename_table(old_table_name, new_table_name, schema)

    def add_column(self, table_name: str, column: Column[Any], **options: Any) -> None:
        if not self._has_column(table_name, column.name):
            super().add_column(table_name, column, **options)

    def drop_column(self, table_name: str, column: Column[Any], **options: Any) -> None:
        if self._has_column(table_name, column.name):
            super().drop_column(table_name, column, **options)

    def alter_column(
        self, table_name: str, column_name: str, *, name: str | None = None, **options: Any
    ) -> None:
        renamed = name is not None and not self._has_column(table_name, column_name)
        super().alter_column(
            table_name, name if name and renamed else column_name, name=name, **options
        )

    def add_constraint(self, const: Constraint, **options: Any) -> None:
        if not self._has_key(const):
            super().add_constraint(const, **options)

    def drop_constraint(self, const: Constraint, **options: Any) -> None:
        if self._has_key(const):
            super().drop_constraint(const, **options)

    def create_index(self, index: Index, **options: Any) -> None:
        if not self._has_key(index):
            super().create_index(index, **options)

    def drop_index(self, index: Index, **options: Any) -> None:
        if self._has_key(index):
            super().drop_index(index, **options)

    def _database(self) -> Inspector:
        # A new one each time, because an inspector remembers what it has read.
        return inspect(self.connection)

    def _has_column(self, table: str, name: str) -> bool:
        found = self._database()
        columns = found.get_columns(table) if found.has_table(table) else []
        return name in {column["name"] for column in columns}

    def _has_key(self, key: Constraint | Index) -> bool:
        """Return whether the table has this constraint or index, found by its name."""
        found, table = self._database(), str(key.table)
        if not found.has_table(table):
            return False
        if isinstance(key, PrimaryKeyConstraint):
            return bool(found.get_pk_constraint(table)["constrained_columns"])
        name = self.dialect.identifier_preparer.format_constraint(key)
        keys = [
            *found.get_indexes(table),
            *found.get_foreign_keys(table),
            *found.get_unique_constraints(table),
            *found.get_check_constraints(table),
        ]
        return name is not None and name.strip("`") in {one["name"] for one in keys}


class ResumableMariaDB(ResumableMySQL, MariaDBImpl):
    __dialect__ = "mariadb"
