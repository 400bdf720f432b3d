"""The framework: places, and pages as HTML and JSON. It knows nothing about courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator

# The order matters: directives must exist before they are used, and unknown or non-canonical URLs
# are handled before any header is checked.
PARTS = (
    "add_page",
    "introspection",
    "expected_page",
    "unbounded",
    "panels",
    "input",
    "notices",
    "return_to",
    "static",
    "indexing",
    "errors",
    "database_errors",
    "unavailable",
    "compression",
    "openapi",
)
GUARDS = ("canonical", "cors", "idempotency")


def includeme(config: Configurator) -> None:
    for part in (*PARTS, *GUARDS):
        config.include(f"courseshop.framework.{part}")
