"""Settings that the rows depend on; the database says which ones it was filled with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from sqlalchemy.orm import Session

from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.shop import shop_of
from courseshop.services import shop_fact

if TYPE_CHECKING:
    from pyramid.registry import Registry


def require_currency(registry: Registry) -> None:
    """Store the currency of the shop if the database has no prices yet.

    Raises ConfigurationError if it has prices in another currency.
    """
    shop = shop_of(registry)
    currency = shop.settings.currency
    try:
        with Session(shop.engine) as db:
            stored = shop_fact.read(db, shop_fact.CURRENCY)
        if stored == currency:
            return
        stored = run_in_own_transaction(
            registry, lambda db: shop_fact.settle_currency(db, currency)
        )
    finally:
        # A server may fork processes from this one, and they cannot share a connection.
        shop.engine.dispose()
    if stored:
        raise ConfigurationError(
            f"courseshop.currency: is {currency}, but the prices in the database are in {stored}"
        )
