"""The database: engine, table base and column types, sessions, transactions, migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from pyramid_retry import IBeforeRetry
from pyramid_tm import explicit_manager
from sqlalchemy.exc import ArgumentError

from courseshop.database.engine import make_engine
from courseshop.database.own_transactions import in_transaction
from courseshop.database.remote import Timeouts
from courseshop.database.request_session import RequestSession, is_write
from courseshop.database.transactions import commit_veto, pause
from courseshop.domain.shop import shop_of
from courseshop.domain.threads import Limits

if TYPE_CHECKING:
    from courseshop.domain.shop import Shop
    from courseshop.framework.configurator import Configurator


def timeouts_of(shop: Shop) -> Timeouts:
    """Return the timeouts of the settings; the statements of a command may take any time."""
    connect = shop.settings.connect_seconds
    if not shop.serves:
        return Timeouts(connect)
    return Timeouts(connect, shop.settings.statement_seconds, shop.settings.lock_seconds)


def includeme(config: Configurator) -> None:
    # `add_page` adds the methods of the pages.
    shop_of(config.registry).writing_methods = set()
    config.add_settings(
        {
            "tm.manager_hook": explicit_manager,
            "tm.activate_hook": is_write,
            "tm.commit_veto": commit_veto,
            # Credentials are checked on arrival, before a transaction begins.
            "tm.annotate_user": False,
        }
    )
    config.include("pyramid_tm")
    config.add_subscriber(pause, IBeforeRetry)
    shop = shop_of(config.registry)
    url, synchronous = config.get_settings()["sqlalchemy.url"], shop.settings.sqlite_synchronous
    try:
        engine = make_engine(url, synchronous, timeouts_of(shop))
    except (ArgumentError, ImportError) as error:
        raise ConfigurationError(f"sqlalchemy.url: {error}") from error
    shop.engine = engine
    remote = engine.dialect.name != "sqlite"
    shop.limits = Limits.of(shop.settings.threads, remote=remote)
    config.add_request_method(RequestSession, "database", reify=True)
    config.add_request_method(in_transaction)
    config.add_request_method(lambda request: request.database.session, "db", property=True)
    config.add_request_method(
        lambda request: request.database.connection, "connection", property=True
    )
