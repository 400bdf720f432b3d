"""The pages of the core, one module for each noun."""

from __future__ import annotations

from typing import Any

from courseshop.deprecated import forward

__getattr__ = forward(
    "courseshop.views",
    [f"courseshop.framework.{name}" for name in ("add_page", "page", "responses", "deprecation")],
)


def includeme(config: Any) -> None:
    config.scan("courseshop.views")
    for part in ("refusal", "layout", "share", "related", "review", "robots", "api"):
        config.include(f"courseshop.views.{part}")
