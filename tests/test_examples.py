"""The examples of the API description are requests to a demo shop and its responses."""

from __future__ import annotations

import json

import pytest
from described import Described
from helpers import write_ini
from recording import record_demo

from courseshop.domain.shop import shop_of
from courseshop.framework.openapi.examples import FILE, RECORDED_AT

# These show ids or cache figures, which differ between databases.
NUMBERED = ("GET /account/sessions", "GET /account/sessions/{id}", "GET /kept")
# The keys of emailed links and of pending actions.
WITHOUT_EXAMPLE = {"key", "begun"}


@pytest.fixture(scope="module")
def document(demo):
    return shop_of(demo.registry).openapi.document


@pytest.mark.slow
@pytest.mark.databases
def test_new_demo_shop_responds_as_recorded(tmp_path, migrated_database, backend):
    """If this fails, `make examples` records the current responses."""
    found = record_demo(write_ini(tmp_path, migrated_database()))
    written = json.loads(FILE.read_text("utf-8"))
    if backend != "sqlite":
        for operation in NUMBERED:
            assert (
                found["operations"].pop(operation).keys()
                == written["operations"].pop(operation).keys()
            )
    assert found == written


def examples(document):
    """Yield the location, the value and the schema of each example."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            contents = [("body", operation.get("requestBody", {}).get("content", {}))]
            for status, found in operation["responses"].items():
                beside = found.get("x-examples")
                content = found.get("content", {})
                json_ = {**content.get("application/json", {})}
                contents.append(
                    (
                        status,
                        {"application/json": {**json_, "examples": beside}} if beside else content,
                    )
                )
            for part, content in contents:
                for kind, media in content.items():
                    for one in (media.get("examples") or {}).values():
                        yield f"{method} {path} {part} {kind}", one["value"], media["schema"]
    for name, found in document["components"]["responses"].items():
        for one in found["content"]["application/problem+json"].get("examples", {}).values():
            yield name, one["value"], {"$ref": "#/components/schemas/Problem"}


def test_every_example_matches_its_schema(document):
    described = Described(document)
    found = list(examples(document))
    assert len(found) > 150
    for where, value, schema in found:
        fault = next(described.validator(schema).iter_errors(value), None)
        assert fault is None, f"{where}: {fault and fault.message}"


def test_every_json_body_and_response_has_an_example(document):
    missing = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {})
            answers = [
                found
                for status, found in operation["responses"].items()
                if status in {"200", "201"}
            ]
            shown = ["x-examples" in one or has_example(one.get("content", {})) for one in answers]
            with_json = any("application/json" in one.get("content", {}) for one in answers)
            if (body and not has_example(body)) or (with_json and not any(shown)):
                missing.add(f"{method} {path}")
    # Its response is the API description itself.
    assert missing == {"get /openapi.json"}


def has_example(content):
    return "examples" in content.get("application/json", {})


def test_every_problem_except_server_errors_has_an_example(document):
    responses = document["components"]["responses"]
    without = {
        name for name, one in responses.items()
        if "examples" not in one["content"]["application/problem+json"]
    }  # fmt: skip
    assert without == {"ServiceUnavailable", "Problem"}


def parameters(document):
    """Yield path, parameter of each GET."""
    for path, methods in document["paths"].items():
        for one in methods.get("get", {}).get("parameters", ()):
            if "$ref" not in one:
                yield path, one


def test_parameters_have_examples(document):
    missing = {one["name"] for _path, one in parameters(document) if "example" not in one}
    assert missing == WITHOUT_EXAMPLE


def test_path_examples_exist_in_the_demo_shop(demo, document):
    """Except for pages that only users with an account can see."""
    for path, methods in document["paths"].items():
        if "get" not in methods or path.startswith(("/account", "/audit", "/wishlists")):
            continue
        found = [one for at, one in parameters(document) if at == path and one["in"] == "path"]
        values = {one["name"]: one["example"] for one in found}
        assert demo.json(path.format(**values)).status_int in {200, 303, 401}, path


@pytest.mark.parametrize("path", ["/courses", "/courses/speak-up-public-speaking/reviews"])
def test_query_examples_find_items(demo, document, path):
    template = path.replace("speak-up-public-speaking", "{slug}")
    for at, one in parameters(document):
        # A cursor is valid only in the list that it comes from.
        if at == template and one["in"] == "query" and one["name"] not in {"after", "before"}:
            assert demo.json(f"{path}?{one['name']}={one['example']}").json["items"], one


def test_urls_in_examples_have_the_host_of_the_request(demo):
    text = demo.json("/openapi.json", Host="courses.example").text
    assert RECORDED_AT not in text
    assert "http://courses.example/courses/backend-with-python" in text
