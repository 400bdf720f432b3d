"""The kernel: places, and pages with one behavior in two forms. It knows no courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator

# In this order: the directives exist before anything uses them, and what is at no address, or at
# another, is not judged by its headers.
PARTS = (
    "add_page",
    "introspection",
    "panels",
    "input",
    "notices",
    "static",
    "indexing",
    "errors",
    "openapi",
)
GUARDS = ("canonical", "cors", "idempotency")


def includeme(config: Configurator) -> None:
    for part in (*PARTS, *GUARDS):
        config.include(f"courseshop.framework.{part}")
