"""The setting that must not change once prices exist: the currency, stored in the database."""

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
    """Raise ConfigurationError if the prices in the database are not in the shop's currency."""
    shop = shop_of(registry)
    try:
        with Session(shop.engine) as db:
            shop_fact.check_currency(db, shop.settings.currency)
    except shop_fact.OtherCurrency as error:
        raise ConfigurationError(f"courseshop.currency: {error}") from error
    finally:
        # A server may fork this process, and processes must not share a connection.
        shop.engine.dispose()


def store_currency(registry: Registry) -> None:
    """Store the shop's currency. Raises ConfigurationError like `require_currency`."""
    currency = shop_of(registry).settings.currency
    try:
        run_in_own_transaction(registry, lambda db: shop_fact.store_currency(db, currency))
    except shop_fact.OtherCurrency as error:
        raise ConfigurationError(f"courseshop.currency: {error}") from error
