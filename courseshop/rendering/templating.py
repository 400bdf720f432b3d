"""The environment of the templates: pyramid_jinja2's, with fewer calls where a page makes many.

A page with ten reviews includes 55 templates, asks 600 times for what is in a dict, and for a
message 134 times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pyramid_jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator
from jinja2.visitor import NodeTransformer
from pyramid.interfaces import IRendererFactory
from pyramid_jinja2 import ENV_CONFIG_PHASE, IJinja2Environment

if TYPE_CHECKING:
    import jinja2
    from jinja2.compiler import Frame

    from courseshop.framework.configurator import Configurator

EXTENSION = ".jinja2"
# What an environment is made with, by the names of its attributes.
OPTIONS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence"),
    *("keep_trailing_newline", "optimized", "undefined", "finalize", "autoescape", "loader"),
    *("auto_reload", "bytecode_cache"),
)
# What templates call for their messages, and the filter of each.
MESSAGES = {"_": "gettext", "ngettext": "ngettext"}


class Generator(CodeGenerator):
    """Writes the Python of a template once `Lean` has been through it."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        if not self.environment.auto_reload:
            node = Lean(self.environment).visit(node)
        super().visit_Template(node, frame)


class Environment(pyramid_jinja2.Environment):
    """Looks first into dicts, and compiles lean where templates cannot change any more."""

    code_generator_class = Generator

    # What a template can name is of any type, as in Jinja's own method.
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return what `obj.attribute` is in a template. Nearly every object is a page's dict."""
        if type(obj) is dict:
            if attribute in obj:
                return obj[attribute]
            if not hasattr(dict, attribute):
                # Jinja finds that out by two exceptions, for each link that a reader has not got.
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


class Lean(NodeTransformer):
    """Writes templates where they are included, and calls for messages as filters."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self.environment = environment

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Return what is included; a template that has blocks stays one that is called."""
        loader = self.environment.loader
        if not isinstance(node.template, nodes.Const) or node.ignore_missing or loader is None:
            return node
        name = node.template.value
        source, filename, _ = loader.get_source(self.environment, name)
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


def environment_like(stock: pyramid_jinja2.Environment) -> Environment:
    """Return an Environment with the settings, filters and globals of pyramid_jinja2's."""
    options = {name: getattr(stock, name) for name in OPTIONS}
    cache_size, extensions = stock.cache.capacity, list(stock.extensions)
    made = Environment(**options, cache_size=cache_size, extensions=extensions)
    made.newstyle_gettext = stock.newstyle_gettext
    for name in ("filters", "globals", "tests"):
        getattr(made, name).update(getattr(stock, name))
    # Data for search engines is a fortieth of a page's time by the slower encoder.
    made.policies["json.dumps_function"] = lambda value: orjson.dumps(value).decode()
    made.policies["json.dumps_kwargs"] = {}
    return made


def includeme(config: Configurator) -> None:
    """Render templates by an Environment of ours: pyramid_jinja2 has no setting for its class."""

    def register() -> None:
        made = environment_like(config.registry.getUtility(IJinja2Environment, EXTENSION))
        config.registry.queryUtility(IRendererFactory, name=EXTENSION).environment = made
        config.registry.registerUtility(made, IJinja2Environment, name=EXTENSION)

    config.action("courseshop templates", register, order=ENV_CONFIG_PHASE)
