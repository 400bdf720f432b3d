"""What every command needs: the ini as an argument, and the shop that it describes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from pyramid.paster import get_appsettings, setup_logging

from courseshop import configure
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from pyramid.registry import Registry

INI = click.Path(exists=True, dir_okay=False, readable=True)


def open_shop(ini: str) -> Registry:
    """Return the registry of the shop that an ini describes, whatever state its database is in."""
    setup_logging(ini)
    config = configure(get_appsettings(ini))
    config.commit()
    # The command may be one of several in a process.
    click.get_current_context().call_on_close(shop_of(config.registry).engine.dispose)
    return config.registry
