"""Deprecated import paths, for one release: `courseshop.db` is `deprecated/db.py`, and so on.

This folder is on the path of the package (`courseshop.__path__`), so that the old modules do not
clutter the package itself. Each name emits a warning, and forwards to its new location.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from inspect import isclass, isroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from courseshop.framework.request import Request
    from courseshop.settings import Settings


# Any: the attributes of a module can have any type.
def forward(
    old: str, modules: Sequence[str], renamed: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return the `__getattr__` of the old module `old`, whose names are now in `modules`.

    `renamed` maps old names to new names. The DeprecationWarning says from where a plugin should
    import the name.
    """

    def get(name: str) -> Any:
        new = (renamed or {}).get(name, name)
        for module in map(import_module, modules):
            found = vars(module).get(new)
            if new in vars(module) and not new.startswith("__") and not is_foreign(found):
                # The line with the import: Python does not count importlib's frames.
                warnings.warn(
                    f"{old}.{name} goes with the next release; import {new} from "
                    f"{home_of(new, module.__name__)}",
                    DeprecationWarning,
                    stacklevel=2,
                )
                return found
        raise AttributeError(f"module {old!r} has no attribute {name!r}")

    return get


def is_foreign(found: Any) -> bool:
    """Return whether a function or class is imported from outside of the shop."""
    named = isclass(found) or isroutine(found)
    return named and not found.__module__.startswith("courseshop.")


def home_of(name: str, module: str) -> str:
    public = import_module("courseshop.plugin")
    return public.__name__ if name in public.__all__ else module


def request_shop(request: Request) -> Settings:
    """Return the settings by their deprecated name, `request.shop`."""
    warnings.warn("request.shop is request.settings", DeprecationWarning, stacklevel=2)
    return request.settings
