"""The state of one shop in one process, stored in its registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from email.message import EmailMessage

    from pyramid.registry import Registry
    from sqlalchemy import Engine

    from courseshop.database.readiness import Readiness
    from courseshop.domain.checks import Checks
    from courseshop.domain.threads import Limits
    from courseshop.framework.expected_page import ExpectedPages
    from courseshop.framework.openapi import ApiDescription
    from courseshop.framework.page_cache import PageCache
    from courseshop.framework.response_cache import ResponseCache
    from courseshop.protection.passwords import Passwords
    from courseshop.protection.throttling import Throttles
    from courseshop.settings import Settings

KEY = "courseshop"
# The owner of what the shop itself adds.
CORE_PACKAGE = "courseshop"


class Shop:
    """State that all requests share. Each attribute is set by the `includeme` of its module.

    `serves` distinguishes a server from a command. `writing_methods` are the HTTP methods of all
    pages that may write. `reserved_slugs` are the slugs that no course can have, because a page or
    place has that name. `transport` connects to the mail server, and yields a function that sends a
    message. `release` is a hash of the code, templates and settings of the shop and its
    plugins, or None while templates may change. `including` is the package of the `.ini` whose
    directives are being called: at startup, they note it as the owner of what they add.
    """

    including: str = CORE_PACKAGE

    serves: bool
    settings: Settings
    engine: Engine
    readiness: Readiness
    limits: Limits
    passwords: Passwords
    throttles: Throttles
    transport: Callable[[], AbstractContextManager[Callable[[EmailMessage], None]]]
    page_cache: PageCache
    response_cache: ResponseCache
    expected_pages: ExpectedPages
    openapi: ApiDescription
    reference: dict[str, str]
    robots: tuple[tuple[str, str], ...]
    writing_methods: set[str]
    view_names: set[str]
    reserved_slugs: frozenset[str]
    checks: Checks
    release: str | None


def shop_of(registry: Registry) -> Shop:
    """Return the shop of a Pyramid registry."""
    shop: Shop = registry[KEY]
    return shop
