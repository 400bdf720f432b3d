"""The API description, also checked by a third-party validator."""

from __future__ import annotations

from typing import Annotated

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from test_access_matrix import ROWS, paths

from courseshop.framework.openapi import headers
from courseshop.framework.openapi.access import access_of, stand_ins
from courseshop.framework.openapi.components import Schemas
from courseshop.framework.resource import Resource
from courseshop.resources import Root


@pytest.fixture(scope="module")
def document(demo):
    return demo.json("/openapi.json").json


def test_the_description_is_valid(document):
    OpenAPIV31SpecValidator(document).validate()


def test_description_lists_every_page(document):
    account = [
        "", "/audit", "/confirm", "/confirm/again", "/courses", "/edit", "/invitations", "/invitations/{slug}", "/invitations/{slug}/delete", "/login", "/logout", "/password", "/proof", "/register", "/reset",
        "/reset/new", "/sessions", "/sessions/delete", "/sessions/{id}", "/sessions/{id}/delete", "/teaching", "/tokens",
        "/tokens/{id}", "/tokens/{id}/delete",
    ]  # fmt: skip
    assert sorted(document["paths"]) == sorted([
        "/", "/api", "/audit", "/categories", "/categories/{slug}", "/categories/{slug}/feed.atom", "/feed.atom", "/opensearch.xml", "/sitemap.xml", "/sitemaps/{name}", "/courses", "/courses/compare", "/courses/new", "/courses/preview", "/courses/suggestions",
        "/courses/{slug}", "/courses/{slug}/delete", "/courses/{slug}/edit", "/courses/{slug}/enrolment", "/courses/{slug}/instructors",
        "/courses/{slug}/instructors/{username}", "/courses/{slug}/instructors/{username}/delete",
        "/courses/{slug}/preview", "/courses/{slug}/status", "/moderation",
        "/courses/{slug}/qr.svg", "/courses/{slug}/reviews", "/courses/{slug}/reviews/undo", *(f"/courses/{{slug}}/reviews/{{id}}{rest}" for rest in ("", "/delete", "/edit", "/helpful", "/history", "/moderate", "/reply", "/reply/delete", "/reports")),
        "/courses/{slug}/feed.atom", "/favicon.ico", "/.well-known/change-password",
        "/courses/{slug}/card.png", "/courses/{slug}/share", "/courses/{slug}/share/{network}", "/kept", "/livez", "/logo", "/openapi.json", "/people", "/people/{username}", "/people/{username}/edit",
        "/readyz", "/robots.txt", "/styleguide", "/theme.css", *(f"/wishlists{rest}" for rest in ("", "/{key}", "/{key}/delete", "/{key}/edit", "/{key}/feed.atom", "/{key}/qr.svg", "/{key}/{slug}", "/{key}/{slug}/delete", "/{key}/{slug}/move")), *(f"/account{rest}" for rest in account),
    ])  # fmt: skip


def test_description_lists_security_schemes(document):
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert schemes["session"]["name"] == "courseshop_session"
    assert document["security"] == [{}, {"token": []}, {"session": []}]
    login = document["paths"]["/account/login"]["post"]
    assert "204" in login["responses"]
    registration = document["components"]["schemas"]["RegistrationDraft"]
    assert registration["properties"]["password"]["minLength"] == 12


def test_inputs_and_outputs_have_their_schemas(document):
    courses = document["paths"]["/courses"]["get"]
    found = [one for one in courses["parameters"] if "name" in one]
    parameters = {parameter["name"]: parameter["schema"] for parameter in found}
    assert parameters["limit"] == {"default": 20, "maximum": 100, "minimum": 1, "type": "integer"}
    assert parameters["after"]["pattern"] == "^[A-Za-z0-9_-]{33}$"
    content = courses["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/Catalogue"}
    course = document["components"]["schemas"]["Course"]
    assert {"slug", "about", "links", "rating"} <= set(course["required"])


def statuses(document, method, path):
    """Return the statuses of an operation, without those that all operations have."""
    found = set(document["paths"][path][method]["responses"])
    assert found >= {"400", "401", "429", "503", "default"}
    return found - {"400", "401", "429", "503", "default"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/", "200 304 406"),
        ("get", "/courses", "200 304 406"),
        ("get", "/courses/{slug}", "200 304 308 404 406"),
        ("get", "/courses/{slug}/edit", "200 303 304 308 403 404 406"),
        ("get", "/categories/{slug}", "200 304 404 406"),
        ("get", "/account", "200 303 304 406"),
        ("get", "/audit", "200 303 304 404 406"),
        ("get", "/moderation", "200 303 304 404 406"),
        ("get", "/wishlists/{key}", "200 303 304 404 406"),
        ("get", "/kept", "200 303 304 403 406"),
        ("get", "/livez", "200"),
        ("get", "/feed.atom", "200 304"),
        ("get", "/courses/{slug}/share/{network}", "303 308 404"),
        ("post", "/courses", "201 303 403 406 409 412 413 415 422"),
        ("post", "/courses/{slug}/reviews", "201 303 308 403 404 406 409 412 413 415 422"),
        ("post", "/courses/{slug}/reviews/undo", "204 303 308 403 404 406 409 412"),
        ("post", "/account/login", "204 303 403 406 409 412 413 415 422"),
        ("patch", "/courses/{slug}", "200 303 308 403 404 406 409 412 413 415 422"),
        ("put", "/courses/{slug}/enrolment", "200 201 303 308 403 404 406 409 412"),
        ("delete", "/courses/{slug}/reviews/{id}", "204 303 308 403 404 406 412"),
        ("delete", "/account/sessions/{id}", "204 303 403 404 406 412"),
    ],
)
def test_operation_lists_its_possible_statuses(document, method, path, expected):
    assert statuses(document, method, path) == set(expected.split())


def test_problems_are_components_in_html_and_json(document):
    responses = document["components"]["responses"]
    for operation in operations(document):
        for status, found in operation["responses"].items():
            if status == "default" or (
                status >= "400" and operation["operationId"] != "get-readyz"
            ):
                assert found["$ref"].startswith("#/components/responses/")
    for found in responses.values():
        schema = found["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
        assert "text/html" in found["content"]


@pytest.mark.parametrize(
    ("name", "field"),
    [("Unauthorized", "WWW-Authenticate"), ("TooManyRequests", "Retry-After"),
     ("ServiceUnavailable", "Retry-After")],
)  # fmt: skip
def test_problem_lists_its_headers(document, name, field):
    assert field in document["components"]["responses"][name]["headers"]


def test_responses_list_their_headers(document):
    courses, always = document["paths"]["/courses"], {"Vary", *headers.EVERYWHERE}
    for method, status, fields in (
        ("get", "200", {"ETag", "Link"}),
        ("get", "304", {"ETag"}),
        ("post", "201", {"Location", "Idempotent-Replayed"}),
    ):
        assert set(courses[method]["responses"][status]["headers"]) == fields | always


def test_conditional_headers_are_parameters_where_they_apply(document):
    def conditions(method, path):
        found = document["paths"][path][method]["parameters"]
        names = {one["$ref"].rpartition("/")[2] for one in found if "$ref" in one}
        # X-Request-ID applies everywhere.
        return names ^ {"XRequestID"}

    assert conditions("get", "/courses/{slug}") == {"IfNoneMatch"}
    assert conditions("patch", "/courses/{slug}") == {"IfMatch"}
    assert conditions("delete", "/wishlists/{key}/{slug}") == {"IfMatch"}
    # The form contains the version that it edits.
    assert conditions("post", "/courses/{slug}/edit") == {"IfMatch"}
    assert conditions("post", "/courses") == {"IdempotencyKey"}
    assert conditions("get", "/livez") == set()


def test_form_schema_is_json_schema_plus_csrf_token(document):
    """Generated clients choose between JSON and a form by the type of the body."""
    content = document["paths"]["/account/tokens"]["post"]["requestBody"]["content"]
    schemas = document["components"]["schemas"]
    sent = {kind: one["schema"]["$ref"].rpartition("/")[2] for kind, one in content.items()}
    assert sent == {
        "application/json": "TokenDraft",
        "application/x-www-form-urlencoded": "TokenDraftForm",
    }
    plain, form = (schemas[name]["properties"] for name in sent.values())
    assert form.keys() - plain.keys() == {"csrf_token"}


def test_no_schema_has_both_properties_and_union(document):
    """Client generators drop one of the two."""
    for name, schema in document["components"]["schemas"].items():
        assert not ("properties" in schema and schema.keys() & {"anyOf", "oneOf"}), name


def operations(document):
    return [one for methods in document["paths"].values() for one in methods.values()]


def test_every_operation_describes_purpose_and_access(document):
    tags = {tag["name"]: tag["description"] for tag in document["tags"]}
    assert all(tags.values())
    for operation in operations(document):
        (tag,) = operation["tags"]
        assert tag in tags
        assert operation["description"].startswith(operation["summary"])
        assert operation["x-who-may"], operation["operationId"]
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("get", "/courses/{slug}", ["everybody"]),
        ("post", "/courses", ["instructors", "admins"]),
        ("patch", "/courses/{slug}", ["instructors of the course", "moderators", "admins"]),
        ("patch", "/courses/{slug}/reviews/{id}", ["its author"]),
        ("put", "/courses/{slug}/reviews/{id}/helpful", ["anybody with an account"]),
        ("delete", "/courses/{slug}/instructors/{username}",
         ["that person", "instructors of the course", "moderators", "admins"]),
        ("patch", "/wishlists/{key}", ["its owner"]),
        ("patch", "/people/{username}", ["admins"]),
    ],
)  # fmt: skip
def test_x_who_may_comes_from_access_rules(document, method, path, expected):
    assert document["paths"][path][method]["x-who-may"] == expected


def test_token_cannot_create_token(document):
    assert document["paths"]["/account/tokens"]["post"]["security"] == [{"session": []}]
    assert {"token": []} in document["paths"]["/account/tokens"]["get"]["security"]


def test_security_and_refusals_match_access_matrix(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            rows = [row for row in ROWS if row[0] == method.upper() and row[1] in paths(path)]
            assert rows, (method, path)
            got = {outcome for row in rows for outcome in row[2:]}
            assert ({} in operation["security"]) == any(row[2] == "yes" for row in rows), path
            for outcome, status in (("no", "403"), ("-", "404")):
                assert outcome not in got or status in operation["responses"], (method, path)
            if method == "get" and "login" in got:
                assert "303" in operation["responses"], path


def test_place_without_stand_in_has_unknown_access():
    class Shy(Resource):
        def __init__(self, parent, row):
            super().__init__(parent, row.name)

    found = access_of(stand_ins(Shy, Root(None), "shy"), "edit")
    assert found.who == ("unknown",)
    assert found.requirement() == [{"token": []}, {"session": []}]


def test_unhashable_type_is_described():
    assert Schemas().of(Annotated[str, {"note": 1}], "validation") == {"type": "string"}
