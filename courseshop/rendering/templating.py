"""The Jinja environment of the templates: a faster variant of pyramid_jinja2's.

It saves calls where a page makes many: a page with ten reviews includes 55 templates, looks up 600
dict keys and translates 134 messages.
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
# The arguments of an environment, which are also the names of its attributes.
OPTIONS = (
    *("block_start_string", "block_end_string", "variable_start_string", "variable_end_string"),
    *("comment_start_string", "comment_end_string", "line_statement_prefix"),
    *("line_comment_prefix", "trim_blocks", "lstrip_blocks", "newline_sequence"),
    *("keep_trailing_newline", "optimized", "undefined", "finalize", "autoescape", "loader"),
    *("auto_reload", "bytecode_cache"),
)
# The functions that translate messages in templates, and the filter that replaces each.
MESSAGES = {"_": "gettext", "ngettext": "ngettext"}


class Generator(CodeGenerator):
    """Generates the Python code of a template that `TemplateOptimizer` has optimized."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # noqa: N802 - Jinja's name
        if not self.environment.auto_reload:
            node = TemplateOptimizer(self.environment).visit(node)
        super().visit_Template(node, frame)


class Environment(pyramid_jinja2.Environment):
    """Looks up dict keys first, and optimizes templates unless they are reloaded on change."""

    code_generator_class = Generator

    # Any, as in Jinja's own method: a template can access objects of all types.
    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return `obj.attribute` for a template. Nearly every `obj` is a dict of a page."""
        if type(obj) is dict:
            if attribute in obj:
                return obj[attribute]
            if not hasattr(dict, attribute):
                # Jinja would raise two exceptions here, for every link that the user may not see.
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


class TemplateOptimizer(NodeTransformer):
    """Inlines included templates, and turns calls that translate messages into filters."""

    def __init__(self, environment: jinja2.Environment) -> None:
        self.environment = environment

    def visit_Include(self, node: nodes.Include) -> nodes.Node:  # noqa: N802 - Jinja's name
        """Return the included template, inlined; templates with blocks are still included."""
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
        """Return `_("…")` as `"…"|gettext`, because Jinja checks the callee of every call."""
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
    """Return an Environment with the options, filters, globals and tests of `stock`."""
    options = {name: getattr(stock, name) for name in OPTIONS}
    cache_size, extensions = stock.cache.capacity, list(stock.extensions)
    made = Environment(**options, cache_size=cache_size, extensions=extensions)
    made.newstyle_gettext = stock.newstyle_gettext
    for name in ("filters", "globals", "tests"):
        getattr(made, name).update(getattr(stock, name))
    # With the default encoder, JSON-LD takes a fortieth of a page's time.
    made.policies["json.dumps_function"] = lambda value: orjson.dumps(value).decode()
    made.policies["json.dumps_kwargs"] = {}
    return made


def includeme(config: Configurator) -> None:
    """Replace pyramid_jinja2's environment by ours, because it has no setting for the class."""

    def register() -> None:
        made = environment_like(config.registry.getUtility(IJinja2Environment, EXTENSION))
        config.registry.queryUtility(IRendererFactory, name=EXTENSION).environment = made
        config.registry.registerUtility(made, IJinja2Environment, name=EXTENSION)

    config.action("courseshop templates", register, order=ENV_CONFIG_PHASE)
