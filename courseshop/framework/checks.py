"""The directive with which plugins check new values of the shop's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.exceptions import ConfigurationError

from courseshop.domain.checks import Check, Checks
from courseshop.domain.shop import shop_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from courseshop.domain.checks import CheckFunction
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.resource import Resource


def add_check(
    config: Configurator,
    noun: type[Resource],
    fields: Collection[str],
    function: CheckFunction | str,
) -> None:
    """Call `function(db, row_id, new)` before a write that changes one of these fields.

    `new` has the new values of all fields that change, and `row_id` is None for a new row. The
    function may raise Refused or Conflict for a field; it must not write.
    """
    check = Check(frozenset(fields), config.maybe_dotted(function))
    if unknown := sorted(check.fields - noun.checked_fields):
        names = ", ".join(unknown)
        raise ConfigurationError(f"add_check: no field of {noun.__name__} to check: {names}")
    config.action(None, lambda: shop_of(config.registry).checks.add(noun.__name__, check))


def includeme(config: Configurator) -> None:
    shop_of(config.registry).checks = Checks()
    config.add_directive("add_check", add_check)
