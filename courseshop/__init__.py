"""courseshop: a course marketplace as a Pyramid application with pluggable traversal."""

from __future__ import annotations

import gc
import inspect
import logging
from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError
from pyramid.settings import aslist

from courseshop.database import readiness
from courseshop.deprecated import request_shop
from courseshop.domain.shop import CORE_PACKAGE, KEY, Shop, shop_of
from courseshop.framework.conditional import find_release
from courseshop.framework.configurator import Configurator
from courseshop.framework.request import Request, Response
from courseshop.rendering.filters import JINJA
from courseshop.resources import Root
from courseshop.settings import PREFIX
from courseshop.settings.ini import read, refuse_debugging
from courseshop.settings.stored import require_currency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.router import Router

log = logging.getLogger(__name__)
# Keep the old import paths working for one release.
__path__ = [*__path__, f"{__path__[0]}/deprecated"]
# Order matters: a directive must exist before another module uses it.
CORE = (
    "courseshop.framework.adapters",
    "courseshop.framework.traversal",
    "courseshop.framework.checks",
    "courseshop.database.migrations",
    "courseshop.database.foreign_keys",
    "courseshop.rendering.locales",
    "courseshop.rendering.templating",
    "courseshop.framework.request_id",
    "courseshop.database",
    "courseshop.database.readiness",
    "courseshop.security",
    "courseshop.protection.csrf",
    "courseshop.protection.passwords",
    "courseshop.protection.throttling",
    "courseshop.protection.ingress",
    "courseshop.framework.page_cache",
    "courseshop.framework.response_cache",
    "courseshop.framework",
    "courseshop.jobs",
    "courseshop.mailing",
    "courseshop.views.tree",
    "courseshop.views",
)


def main(global_config: Mapping[str, str], **ini: str) -> Router:
    """Return the WSGI application configured by an `.ini` file (`use = egg:courseshop`).

    The shop's settings in `global_config`, such as from `gunicorn --paste-global`, override those
    in the file. Raises ConfigurationError, which names the faulty setting; in production also if
    the code does not work with the database schema.
    """
    given = {key: global_config[key] for key in global_config if key.startswith(PREFIX)}
    config = configure({**ini, **given}, serves=True)
    app = config.make_wsgi_app()
    production = shop_of(config.registry).settings.mode == "production"
    try:
        readiness.require_schema(config.registry)
    except ConfigurationError as error:
        if production:
            raise
        log.warning("%s", error)
    else:
        require_currency(config.registry)
    if production:
        # The objects created at startup live as long as the process. Each time the garbage
        # collector scanned them, it paused all requests for 100 ms.
        gc.freeze()
    return app


def configure(ini: Mapping[str, str], *, serves: bool = False) -> Configurator:
    """Return a Configurator with the settings, the core modules and the plugins of the `.ini`.

    If it is for a server (`serves`), database statements have a timeout; commands have none.
    Raises ConfigurationError if a setting is missing or invalid.
    """
    shop, (own, settings) = Shop(), read(ini)
    if not settings.get("sqlalchemy.url"):
        raise ConfigurationError("sqlalchemy.url: missing; expected the URL of a database")
    # Pyramid would include these in its constructor, before our directives exist.
    plugins = aslist(settings.pop("pyramid.includes", ""))
    config = Configurator(
        settings={**settings, **JINJA},
        root_factory=Root,
        request_factory=Request,
        response_factory=lambda _request: Response(),
    )
    if own.mode == "production":
        refuse_debugging(config.get_settings(), plugins)
    config.registry[KEY], shop.settings, shop.serves = shop, own, serves
    config.add_request_method(lambda _request: own, "settings", property=True)
    config.add_request_method(request_shop, "shop", property=True)
    config.include("pyramid_jinja2")
    for module in CORE:
        config.include(module)
    for plugin in plugins:
        include_plugin(config, plugin)
    named = [config.maybe_dotted(name) for name in ("courseshop", *plugins)]
    shop.release = find_release(config, filter(None, map(inspect.getmodule, named)))
    return config


def include_plugin(config: Configurator, plugin: str) -> None:
    """Include a plugin package. Raises ConfigurationError if it does not exist."""
    shop = shop_of(config.registry)
    try:
        module = inspect.getmodule(config.maybe_dotted(plugin))
        shop.including = module.__name__ if module else plugin
        config.include(plugin)
    except ImportError as error:
        # The plugin exists, but one of its own imports failed: that error is more precise.
        path = plugin.replace(":", ".")
        if error.name and not f"{path}.".startswith(f"{error.name}."):
            raise
        raise ConfigurationError(
            f"pyramid.includes: there is no package {plugin!r}; is it installed, or on PYTHONPATH? "
            "(separate the names by spaces or newlines)"
        ) from error
    finally:
        shop.including = CORE_PACKAGE
