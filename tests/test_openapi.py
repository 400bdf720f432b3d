"""The API description, and what a tool that we did not write finds with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from helpers import Shop, serving, write_ini
from openapi_spec_validator import OpenAPIV31SpecValidator
from writers import Writer

CONFIG = str(Path(__file__).with_name("schemathesis.toml"))


@pytest.fixture(scope="module")
def document(demo):
    return demo.json("/openapi.json").json


def test_the_description_is_valid(document):
    OpenAPIV31SpecValidator(document).validate()


def test_every_page_stands_in_it(document):
    account = [
        "", "/audit", "/confirm", "/confirm/again", "/edit", "/invitations", "/invitations/{slug}", "/login", "/logout", "/password", "/register", "/reset",
        "/reset/new", "/sessions", "/sessions/delete", "/sessions/{id}", "/sessions/{id}/delete", "/tokens",
        "/tokens/{id}", "/tokens/{id}/delete",
    ]  # fmt: skip
    assert sorted(document["paths"]) == sorted([
        "/", "/audit", "/categories", "/categories/{slug}", "/categories/{slug}/feed.atom", "/feed.atom", "/opensearch.xml", "/sitemap.xml", "/sitemaps/{name}", "/courses", "/courses/compare", "/courses/new", "/courses/preview", "/courses/suggestions",
        "/courses/{slug}", "/courses/{slug}/delete", "/courses/{slug}/edit", "/courses/{slug}/enrolment", "/courses/{slug}/instructors",
        "/courses/{slug}/instructors/{username}", "/courses/{slug}/instructors/{username}/delete",
        "/courses/{slug}/preview", "/courses/{slug}/status", "/moderation",
        "/courses/{slug}/qr.svg", "/courses/{slug}/reviews", "/courses/{slug}/reviews/undo", *(f"/courses/{{slug}}/reviews/{{id}}{rest}" for rest in ("", "/delete", "/edit", "/helpful", "/history", "/moderate", "/reply", "/reply/delete", "/reports")),
        "/courses/{slug}/feed.atom",
        "/courses/{slug}/card.png", "/courses/{slug}/share", "/courses/{slug}/share/{network}", "/livez", "/logo", "/openapi.json", "/people/{username}", "/people/{username}/edit",
        "/readyz", "/robots.txt", *(f"/wishlists{rest}" for rest in ("", "/{key}", "/{key}/delete", "/{key}/edit", "/{key}/feed.atom", "/{key}/qr.svg", "/{key}/{slug}", "/{key}/{slug}/move")), *(f"/account{rest}" for rest in account),
    ])  # fmt: skip


def test_it_says_how_to_prove_who_one_is(document):
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
    parameters = {parameter["name"]: parameter["schema"] for parameter in courses["parameters"]}
    assert parameters["limit"] == {"default": 20, "maximum": 100, "minimum": 1, "type": "integer"}
    assert parameters["after"]["pattern"] == "^[A-Za-z0-9_-]{22}$"
    content = courses["responses"]["200"]["content"]
    assert content["application/json"]["schema"] == {"$ref": "#/components/schemas/CatalogueOut"}
    course = document["components"]["schemas"]["CourseOut"]
    assert {"slug", "about", "links", "rating"} <= set(course["required"])


@pytest.mark.parametrize(
    ("accept", "phases"),
    # From HTML no link can be followed, so the stateful phase is for JSON.
    [("application/json", "examples,coverage,fuzzing,stateful"), ("*/*", "coverage,fuzzing")],
)
def test_schemathesis_finds_nothing(sqlite_ini, tmp_path, accept, phases):
    """All checks, always the same cases, a bounded number of them."""
    with serving(sqlite_ini) as base:
        schemathesis(base, tmp_path, accept, phases)


@pytest.mark.parametrize("role", ["instructor", "moderator"])
def test_schemathesis_finds_nothing_where_courses_are_written(tmp_path, role):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    shop = Shop.open(ini)
    shop.init(demo=True)
    writer = Writer(shop, "writer", role)
    shop.close()
    options = ["--header", f"Authorization: Bearer {writer.token}"]
    options += ["--include-path-regex", "^/(courses|moderation|account/invitations)"]
    # A course that was deleted is archived: its instructors still see it. And what a form deletes by
    # POST, the tool takes to be there still.
    options += ["--exclude-checks", "use_after_free,ensure_resource_availability"]
    with serving(ini) as base:
        phases = "examples,coverage,fuzzing,stateful"
        schemathesis(base, tmp_path, "application/json", phases, *options)


def schemathesis(base, folder, accept, phases, *options):
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "--config-file", CONFIG, "run", f"{base}/openapi.json",
        "--checks", "all", "--max-examples", "30", "--generation-deterministic", "--seed", "1",
        "--header", f"Accept: {accept}", "--phases", phases, "--no-color", *options,
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=folder, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    assert " passed" in done.stdout
