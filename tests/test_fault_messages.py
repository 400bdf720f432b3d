"""Messages for validation errors: every error of a schema has one for people."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from helpers import ROOT
from pydantic_core.core_schema import ErrorType
from writers import URL

from courseshop.framework import traversal
from courseshop.framework.fault_messages import FAULTS, NOT_VALID, explain
from courseshop.framework.introspection import pages_of

# The errors of each kind of node in a schema; those of its bounds are named after them.
ERRORS = {
    "str": {"string_type", "string_unicode"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "decimal": {"decimal_type", "decimal_parsing", "finite_number"},
    "bool": {"bool_type", "bool_parsing"},
    "datetime": {
        *("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        *("datetime_object_invalid", "timezone_aware"),
    },
    "list": {"list_type"},
    "dict": {"dict_type"},
    "typed-dict": {"dict_type"},
    "literal": {"literal_error"},
    "model": {"model_type", "model_attributes_type"},
    "model-fields": {"missing", "extra_forbidden"},
    "missing-sentinel": {"missing_sentinel_error"},
}
SILENT = {
    *("any", "nullable", "default", "union", "definitions", "definition-ref", "model-field"),
    *("function-before", "function-after", "function-wrap", "function-plain", "json-or-python"),
    *("chain", "lax-or-strict", "is-instance", "none", "with-info", "no-info"),
    "typed-dict-field",
}
BOUNDS = {
    **dict.fromkeys(("ge", "le", "gt", "lt"), None),
    "max_digits": "decimal_max_digits",
    "decimal_places": "decimal_max_places",
}
COMPARED = {
    "ge": "greater_than_equal",
    "le": "less_than_equal",
    "gt": "greater_than",
    "lt": "less_than",
}
LENGTHS = {"min_length": "short", "max_length": "long"}
CUSTOM = re.compile(r"raise invalid\(\s*\"(\w+)\"")


def errors_of(schema):
    """Yield the types of the errors that a core schema of pydantic can raise."""
    if isinstance(schema, list | tuple):
        for part in schema:
            yield from errors_of(part)
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if isinstance(kind, str):
        assert kind in ERRORS or kind in SILENT, f"ERRORS has no {kind}"
        yield from ERRORS.get(kind, ())
        yield from bounds_of(kind, schema)
    for key, part in schema.items():
        if key not in {"metadata", "serialization"}:
            yield from errors_of(part)


def bounds_of(kind, schema):
    for name, length in LENGTHS.items():
        if name in schema:
            yield f"string_too_{length}" if kind == "str" else f"too_{length}"
    if schema.get("pattern"):
        yield "string_pattern_mismatch"
    yield from (error for name, error in COMPARED.items() if name in schema)
    yield from (error for name, error in BOUNDS.items() if error and name in schema)


def accepted(registry):
    """Return the models of all queries and bodies."""
    pages = (page for kind in traversal.walk(registry) for page in pages_of(registry, kind.place))
    return {page.accepts for page in pages if page.accepts}


def test_every_error_of_a_schema_has_a_message_for_people(demo):
    models = accepted(demo.registry)
    assert len(models) > 20
    raised = {error for one in models for error in errors_of(one.__pydantic_core_schema__)}
    assert {"string_too_long", "missing", "less_than_equal", "literal_error"} <= raised
    assert raised - FAULTS.keys() == set()


def test_every_custom_error_has_a_message_for_people():
    # The importer has messages of its own.
    paths = [path for path in (ROOT / "courseshop").rglob("*.py") if "importing" not in path.parts]
    code = "\n".join(path.read_text() for path in paths)
    own = set(CUSTOM.findall(code))
    assert {"reserved", "nul"} <= own
    assert own - FAULTS.keys() == set()
    # `invalid` creates them all.
    assert code.count("PydanticCustomError(") == 1


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("foo=", "foo", "Unknown field."),
        ("limit=", "limit", "Use a whole number."),
        ("level=", "level", "Choose one of: all, beginner, intermediate, advanced."),
        ("after=", "after", "This page link is no longer valid. Open the list again."),
    ],
)
def test_an_empty_parameter_gets_its_own_message(demo, query, field, message):
    (fault,) = demo.json(f"/courses?{query}").json["errors"]
    assert (fault["field"], fault["message"]) == (field, message)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("foo", "Unknown field."),
        ("tags", "Send a list."),
        ("language", "Enter a language tag, such as en or pt-BR."),
        ("duration_minutes", "Use a whole number."),
        ("title", "This field is required."),
    ],
)
def test_an_empty_field_gets_its_own_message(teacher, field, message):
    (fault,) = teacher.patch(URL, {field: ""}).json["errors"]
    assert (fault["field"], fault["message"]) == (field, message)


# The values that messages name.
CONTEXT = {
    **dict.fromkeys(("min_length", "max_length", "actual_length", "ge", "le", "gt", "lt"), 2),
    **dict.fromkeys(("max_digits", "decimal_places", "whole_digits"), 2),
    "expected": "'a' or 'b'",
}


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_validators_messages_are_never_shown(demo, kind):
    fault = {"type": kind, "loc": ("x",), "msg": "Input should be", "input": 5, "ctx": CONTEXT}
    with demo.reading() as request:
        shown = explain(fault, request)["message"]
    assert shown == NOT_VALID or kind in FAULTS
    assert not re.search(r"Input should|\$\{", shown)
