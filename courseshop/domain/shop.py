"""One shop in one process, as its registry holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from sqlalchemy import Engine

    from courseshop.framework.openapi import ApiDescription
    from courseshop.framework.page_cache import PageCache
    from courseshop.framework.response_cache import ResponseCache
    from courseshop.protection.passwords import Passwords
    from courseshop.protection.throttling import Throttles
    from courseshop.settings import Settings

KEY = "courseshop"


class Shop:
    """What all requests share. Each part is set by the `includeme` of the module that makes it.

    `writing_methods` are the methods of pages that may change something, `reserved_slugs` the names
    that no course can have, because a page or place has them. `release` changes with every file of
    the shop and its plugins, and is None while templates may change.
    """

    settings: Settings
    engine: Engine
    passwords: Passwords
    throttles: Throttles
    page_cache: PageCache
    response_cache: ResponseCache
    openapi: ApiDescription
    reference: dict[str, str]
    robots: tuple[tuple[str, str], ...]
    writing_methods: set[str]
    view_names: set[str]
    reserved_slugs: frozenset[str]
    release: str | None


def shop_of(registry: Registry) -> Shop:
    """Return the shop of a Pyramid registry."""
    shop: Shop = registry[KEY]
    return shop
