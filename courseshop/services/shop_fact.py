"""Facts about the shop as a whole, stored by `init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, delete, exists, insert, select, type_coerce, update

from courseshop.database.types import Money
from courseshop.domain import money
from courseshop.models import Course, PriceChange, ShopFact

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

CURRENCY, SEARCH = "currency", "search"


class OtherCurrency(Exception):  # noqa: N818 - the settings are at fault, not the program
    """The shop has another currency than the prices in its database."""


def read(db: Session, name: str) -> str | None:
    return db.scalar(select(ShopFact.value).where(ShopFact.name == name))


def store(db: Session, name: str, value: str) -> None:
    db.execute(delete(ShopFact).where(ShopFact.name == name))
    db.execute(insert(ShopFact).values(name=name, value=value))


def has_prices(db: Session) -> bool:
    """Return whether the database has a price other than 0, also a former one."""
    return bool(db.scalar(select(exists().where(Course.price > 0)))) or bool(
        db.scalar(select(exists().select_from(PriceChange)))
    )


def check_currency(db: Session, currency: str) -> None:
    """Raise OtherCurrency if the database has prices in another currency."""
    stored = read(db, CURRENCY)
    if stored not in {None, currency} and has_prices(db):
        raise OtherCurrency(f"is {currency}, but the prices in the database are in {stored}")


def store_currency(db: Session, currency: str) -> None:
    """Store the currency of the shop. Raises OtherCurrency like `check_currency`."""
    check_currency(db, currency)
    stored = read(db, CURRENCY)
    if stored is None:
        round_amounts(db, currency)
    if stored != currency:
        store(db, CURRENCY, currency)


def round_amounts(db: Session, currency: str) -> None:
    """Round the amounts that earlier releases stored with more places than the currency has."""
    unit = 10 ** (money.MOST_PLACES - money.places(currency))
    for column in (Course.price, PriceChange.old, PriceChange.new):
        stored = type_coerce(column, BigInteger)
        rounded = (stored + unit // 2) // unit * unit
        db.execute(
            update(column.class_)
            .where(stored % unit != 0)
            .values({column.key: type_coerce(rounded, Money)})
            .execution_options(synchronize_session=False)
        )
