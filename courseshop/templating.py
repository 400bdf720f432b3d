"""How templates are compiled where they cannot change any more: the same pages, by less work.

A page with ten reviews includes 55 templates, asks 600 times for what is in a dict, for a message
134 times, and writes 540 values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.ext import Extension
from jinja2.visitor import NodeTransformer
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escape_text  # type: ignore[attr-defined]

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.compiler import Frame


# What templates call for their messages, and the filter of each.
MESSAGES = {"_": "gettext", "ngettext": "ngettext"}


class Compilation(Extension):
    """A Jinja extension that takes over how its environment compiles, unless it reloads."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        if not environment.auto_reload:
            environment.code_generator_class = Generator
        # Data for search engines is a fortieth of a page's time by the slower encoder.
        environment.policies["json.dumps_function"] = lambda value: orjson.dumps(value).decode()
        environment.policies["json.dumps_kwargs"] = {}
        self.otherwise = environment.getattr
        environment.getattr = self.getattr  # type: ignore[method-assign]

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` is in a template. Nearly every object is a page's dict."""
        if type(obj) is dict:
            if attribute in obj:
                return obj[attribute]
            if not hasattr(dict, attribute):
                # Jinja finds that out by two exceptions, for each link that a reader has not got.
                return self.environment.undefined(obj=obj, name=attribute)
        return self.otherwise(obj, attribute)


def written(value: Any) -> str:
    """Return what `markupsafe.escape(value)` does, not marked: it is only joined."""
    kind = type(value)
    if kind is str:
        return escape_text(value)
    return value if kind is Markup else escape(value)


class Generator(CodeGenerator):
    """Writes the Python of a template once `Lean` has been through it."""

    def visit_Template(  # noqa: N802 - Jinja's name
        self, node: nodes.Template, frame: Frame | None = None
    ) -> None:
        super().visit_Template(Lean(self.environment).visit(node), frame)
        # Nothing but what is written asks for it.
        self.writeline(f"from {__name__} import written as escape")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802 - Jinja's name
        """Write `name.attribute` so that of a dict it is taken without a call."""
        if not isinstance(node.node, nodes.Name):
            super().visit_Getattr(node, frame)
            return
        name, key = frame.symbols.ref(node.node.name), repr(node.attr)
        self.write(f"({name}[{key}] if type({name}) is dict and {key} in {name} else ")
        super().visit_Getattr(node, frame)
        self.write(")")


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
        name = node.node.name if isinstance(node.node, nodes.Name) else None
        if name not in MESSAGES or not node.args:
            return node
        message, *more = node.args
        dynamic = (node.dyn_args, node.dyn_kwargs)
        return nodes.Filter(
            message, MESSAGES[name], more, node.kwargs, *dynamic, lineno=node.lineno
        )
