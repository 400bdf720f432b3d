"""The pages of the core, one module per resource type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.deprecated import forward

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator

__getattr__ = forward(
    "courseshop.views",
    [f"courseshop.framework.{name}" for name in ("add_page", "page", "responses", "deprecation")],
)
INCLUDED = (
    "reauthorization",
    "refusal",
    "layout",
    "sitemap",
    "share",
    "related",
    "instructor_facts",
    "newest_reviews",
    "robots",
    "api",
    "authentication",
    "proof",
    "own_courses",
    "footer_text",
    "styleguide",
    "well_known",
)


def includeme(config: Configurator) -> None:
    config.scan("courseshop.views")
    for part in INCLUDED:
        config.include(f"courseshop.views.{part}")
