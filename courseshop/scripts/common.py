"""Shared by all commands: the INI argument, and the shop that it configures."""

from __future__ import annotations

from configparser import ConfigParser
from typing import TYPE_CHECKING, Any

import click
from pyramid.paster import get_appsettings, setup_logging

from courseshop import configure
from courseshop.domain.shop import shop_of
from courseshop.domain.text import trimmed

if TYPE_CHECKING:
    from pyramid.registry import Registry


class Identifier(click.types.StringParamType):
    """A username, without the blanks and invisible characters that were copied with it."""

    # Any, as in click's own signature.
    def convert(self, value: Any, *where: Any) -> str:
        return trimmed(str(super().convert(value, *where)))


USERNAME = Identifier()
INI = click.Path(exists=True, dir_okay=False, readable=True)


def open_shop(ini: str) -> Registry:
    """Return the registry of the shop of an .ini file, without any check of its database."""
    setup_logging(ini)
    config = configure(get_appsettings(ini))
    config.commit()
    # A process, such as that of the tests, may run several commands.
    click.get_current_context().call_on_close(shop_of(config.registry).engine.dispose)
    return config.registry


def server_setting(ini: str, name: str) -> str:
    """Return a setting of the server of an .ini file, or "" if it is not there."""
    # Without interpolation, because only the server knows all values.
    parser = ConfigParser(interpolation=None)
    parser.read(ini, encoding="utf-8")
    return parser.get("server:main", name, fallback="")


def address(ini: str, registry: Registry) -> str:
    """Return the URL of the shop, or else the one at which the server of the .ini file listens."""
    listen = (server_setting(ini, "listen") or "localhost:6543").split()[0]
    return shop_of(registry).settings.url or f"http://{listen.replace('*', 'localhost')}"
