"""Old import paths, for one release: `courseshop.db` is `deprecated/db.py`, and so on.

The folder is on the path of the package (`courseshop.__path__`), so nothing of this stands beside
the rooms. Each name warns and leads to where it is now.
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


# What a module has is of any type.
def forward(
    old: str, modules: Sequence[str], renamed: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return the `__getattr__` of the old path `old`, whose names are in `modules` now.

    `renamed` maps the names that are others now. The DeprecationWarning says where a plugin imports
    the name from.
    """

    def get(name: str) -> Any:
        new = (renamed or {}).get(name, name)
        for module in map(import_module, modules):
            found = vars(module).get(new)
            if new in vars(module) and not new.startswith("__") and not is_foreign(found):
                # The line that imports it: those of importlib are not counted.
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
    """Return whether a module has only imported this function or class from elsewhere."""
    named = isclass(found) or isroutine(found)
    return named and not found.__module__.startswith("courseshop.")


def home_of(name: str, module: str) -> str:
    public = import_module("courseshop.plugin")
    return public.__name__ if name in public.__all__ else module


def request_shop(request: Request) -> Settings:
    """Return the settings by their former name, `request.shop`."""
    warnings.warn("request.shop is request.settings", DeprecationWarning, stacklevel=2)
    return request.settings
