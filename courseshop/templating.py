"""How templates are compiled where they cannot change any more: the same pages, by less work.

A page with ten reviews includes 55 templates, asks 600 times for what is in a dict, and for a
message 134 times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.ext import Extension
from jinja2.visitor import NodeTransformer

if TYPE_CHECKING:
    from jinja2 import Environment


class Compilation(Extension):
    """A Jinja extension that takes over how its environment compiles, unless it reloads."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if not environment.auto_reload:
            environment.code_generator_class = Generator
        self.otherwise = environment.getattr
        environment.getattr = self.getattr  # type: ignore[method-assign]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` is in a template. Nearly every object is a page's dict."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return self.otherwise(obj, attribute)


class Generator(CodeGenerator):
    """Writes the Python of a template once `Lean` has been through it."""

    def visit_Template(  # noqa: N802 - Jinja's name
        self, node: nodes.Template, frame: Any = None
    ) -> None:
        super().visit_Template(Lean(self.environment).visit(node), frame)


class Lean(NodeTransformer):
    """Writes templates where they are included, and calls for messages as filters."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Return what is included; a template that has blocks stays one that is called."""
        if not isinstance(node.template, nodes.Const) or node.ignore_missing:
            return node
        name = node.template.value
        assert self.environment.loader is not None  # noqa: S101 - for mypy
        source, filename, _ = self.environment.loader.get_source(self.environment, name)
        found = self.environment.parse(source, name, filename)
        if any(found.find_all((nodes.Extends, nodes.Block))):
            return node
        return nodes.Scope(self.visit(found).body, lineno=node.lineno)

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Return `_("…")` as `"…"|gettext`: a call looks first at what it calls, each time."""
        self.generic_visit(node)
        if not isinstance(node.node, nodes.Name) or node.node.name != "_":
            return node
        message, *more = node.args
        return nodes.Filter(message, "gettext", more, node.kwargs, None, None, lineno=node.lineno)
