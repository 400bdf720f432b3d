"""Column types that behave the same on SQLite, PostgreSQL, MariaDB and MySQL."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeDecorator

from courseshop.domain.money import MOST_PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue
    from sqlalchemy import Dialect, Select, SQLColumnExpression

    # The value of a column or parameter, before and after conversion by its type.
    SqlValue = (
        str
        | bytes
        | int
        | float
        | Decimal
        | datetime
        | Sequence[JsonValue]
        | Mapping[str, JsonValue]
        | None
    )
    Column = SQLColumnExpression[SqlValue]
    # A select of columns whose types SQLAlchemy does not know; courseshop.models.rows declares
    # them.
    Rows = Select[*tuple[Any, ...]]

# SQLite generates keys only if the type of the primary key is INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")
# MySQL's TEXT is limited to 64 KiB.
LongText = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
# And so is its BLOB.
LongBytes = LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime in UTC, to the microsecond, on every database.

    SQLite and MySQL drop the offset, so aware values are first converted to UTC. Raises ValueError
    for naive values.
    """

    impl = DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without its offset from UTC")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Money(TypeDecorator[Decimal]):
    """An amount in the shop's currency: a Decimal, stored as an integer of ten-thousandths.

    SQLite would store a NUMERIC as a float. Raises ValueError for more than four decimal places, as
    many as any currency has.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        stored = Decimal(value).scaleb(MOST_PLACES)
        if stored != stored.to_integral_value():
            raise ValueError(f"{value} has more than {MOST_PLACES} decimal places")
        return int(stored)

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value).scaleb(-MOST_PLACES)
