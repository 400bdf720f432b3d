from __future__ import annotations

from typing import TYPE_CHECKING

import click

from courseshop.framework import traversal
from courseshop.framework.introspection import pages_of

if TYPE_CHECKING:
    from pyramid.registry import Registry


def print_tree(registry: Registry) -> None:
    """Print the path, class and package of each kind of place, and its pages below."""
    for kind in traversal.walk(registry):
        path = kind.path or "/"
        click.echo(f"{path}  {kind.place.__name__}  ({kind.package})")
        pages = list(pages_of(registry, kind.place))
        if not pages:
            click.echo("    (no page)")
        for found in pages:
            forms = "HTML, JSON" if found.renderer else "one format"
            name = found.name or "(itself)"
            module = found.view.__module__
            click.echo(
                f"    {found.method:<6} {name:<14} {found.permission:<8} {forms:<10}  "
                f"{module}.{found.view.__name__}"
            )
