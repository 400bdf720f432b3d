"""Settings that must not change once there are data; the database stores their values."""

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
    """Raise ConfigurationError if the database has prices in another currency than the shop's."""
    shop = shop_of(registry)
    try:
        with Session(shop.engine) as db:
            stored = shop_fact.read(db, shop_fact.CURRENCY)
            if stored not in {None, shop.settings.currency} and shop_fact.has_prices(db):
                raise ConfigurationError(
                    f"courseshop.currency: is {shop.settings.currency}, but the prices in the "
                    f"database are in {stored}"
                )
    finally:
        # A server may fork processes from this one, and they cannot share a connection.
        shop.engine.dispose()


def store_currency(registry: Registry) -> None:
    """Store the shop's currency. Raises what `require_currency` does."""
    require_currency(registry)
    currency = shop_of(registry).settings.currency
    run_in_own_transaction(registry, lambda db: shop_fact.store_currency(db, currency))
