"""Name, at startup, texts without a limit that are stored in a column with one.

SQLite would store a longer text, and the other databases reject it; only the schema of the page
can reject it everywhere with a message at its field.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from sqlalchemy import String

from courseshop.database.base import Base
from courseshop.framework.introspection import PAGES
from courseshop.framework.traversal import introspectables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue
    from pydantic.fields import FieldInfo
    from pyramid.registry import Registry
    from sqlalchemy import Column

    from courseshop.framework.configurator import Configurator

log = logging.getLogger(__name__)
# A text that no field with a limit accepts.
LONG = "x" * 100_000


def unbounded(registry: Registry) -> Iterator[str]:
    """Yield a sentence for each unlimited text with the name of a limited column.

    Whether it is stored there is a guess: both belong to the same package.
    """
    pages = [entry["page"] for entry in introspectables(registry, PAGES)]
    models = {page.accepts for page in pages if page.accepts and page.method != "GET"}
    for model in sorted(models, key=repr):
        for name, column, longest in limited_columns(model.__module__):
            field = model.model_fields.get(name)
            if field and is_unlimited(field):
                yield (
                    f"{model.__module__}.{model.__qualname__}.{name} has no max_length, but "
                    f"{column} stores at most {longest} characters"
                )


@cache
def limited_columns(module: str) -> list[tuple[str, Column[str], int]]:
    """Return the limited columns in the tables of the module's package, with their limits.

    Of columns of the same name, it is the one with the highest limit.
    """
    package, found = module.partition(".")[0], {}
    for mapper in Base.registry.mappers:
        if mapper.class_.__module__.partition(".")[0] == package:
            for column in mapper.columns:
                length = getattr(column.type, "length", None)
                if isinstance(column.type, String) and length:
                    found[length, column.name] = (column.name, column, length)
    return list({name: found[length, name] for length, name in sorted(found)}.values())


def is_unlimited(field: FieldInfo) -> bool:
    """Return whether a field takes texts of any length; False if it takes more than texts."""
    return accepts(field, LONG) and not accepts(field, {})


def accepts(field: FieldInfo, sent: JsonValue) -> bool:
    """Return whether a field accepts a value; False also if it cannot be checked on its own."""
    # Any: this annotation is made at run time.
    annotation: Any = field.annotation
    for constraint in field.metadata:
        annotation = Annotated[annotation, constraint]
    try:
        TypeAdapter(annotation).validate_python(sent)
    except (ValidationError, PydanticUserError):
        return False
    return True


def includeme(config: Configurator) -> None:
    def warn() -> None:
        for sentence in unbounded(config.registry):
            log.warning("%s", sentence)

    # Runs after every plugin has registered its pages.
    config.action("courseshop unbounded", warn, order=10_000)
