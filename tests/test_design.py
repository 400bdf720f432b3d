"""Rules of the design, checked by introspection."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from helpers import ROOT
from pyramid.path import AssetResolver

import courseshop
from courseshop.domain.shop import shop_of
from courseshop.framework import adapters, introspection, panels, traversal
from courseshop.framework import page as behavior
from courseshop.framework.page_cache import PageCache
from courseshop.framework.static import StaticFiles
from courseshop.resources import Root

PACKAGE = Path(courseshop.__file__).parent
PLAIN = (str, int, float, bool, datetime, type(None))


@pytest.fixture(scope="module")
def registry(demo):
    return demo.registry


def all_pages(registry):
    for spot in traversal.walk(registry):
        for page in introspection.pages_of(registry, spot.place):
            yield spot, page


def test_dependencies_point_inward():
    command = [
        str(Path(sys.executable).parent / "lint-imports"),
        "--config",
        str(ROOT / "setup.cfg"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_no_module_uses_pyramids_current_request():
    for path in PACKAGE.rglob("*.py"):
        assert "get_current_re" not in path.read_text(), path


def test_only_pages_and_error_views_are_registered(registry):
    entries = registry.introspector.get_category("views")
    for entry in entries:
        view = entry["introspectable"]["callable"]
        module = getattr(view, "__module__", "")
        allowed = isinstance(view, (behavior.Page, StaticFiles)) or module in {
            "courseshop.framework.errors",
            "courseshop.framework.database_errors",
            "courseshop.views.refusal",
        }
        assert allowed or module.startswith("pyramid."), view


def test_every_template_of_a_page_or_panel_exists(registry):
    entries = registry.introspector.get_category(panels.PANELS)
    named = [page.renderer for _spot, page in all_pages(registry) if page.renderer]
    named += [entry["introspectable"]["panel"].renderer for entry in entries]
    assert named
    for renderer in named:
        assert AssetResolver().resolve(renderer).exists(), renderer


def test_every_template_is_used():
    sources = "".join(
        path.read_text() for path in PACKAGE.rglob("*") if path.suffix in {".py", ".jinja2"}
    )
    for path in (PACKAGE / "templates").rglob("*.jinja2"):
        assert f"courseshop:templates/{path.relative_to(PACKAGE / 'templates')}" in sources


def test_only_one_template_has_the_markup_of_a_copy_box():
    templates = (PACKAGE / "templates").rglob("*.jinja2")
    found = [path.name for path in templates if "data-copied" in path.read_text()]
    assert found == ["forms.jinja2"]


def test_the_server_judges_every_form_that_is_posted():
    """A browser would name one fault after another, in bubbles of its own."""
    tag = re.compile(r"<form\b.*?method=\"post\"[^>]*>", re.DOTALL)
    found = [
        (path.name, form)
        for path in (PACKAGE / "templates").rglob("*.jinja2")
        for form in tag.findall(path.read_text())
    ]
    assert len(found) > 40
    assert [one for one in found if "novalidate" not in one[1].split()] == []


def test_no_child_hides_a_page(registry):
    for spot in traversal.walk(registry):
        children = {
            entry["introspectable"]["name"]
            for entry in registry.introspector.get_category(traversal.CHILDREN)
            if adapters.applies(entry["introspectable"]["parent"], spot.place)
        }
        assert not children & {page.name for page in introspection.pages_of(registry, spot.place)}


def test_course_slug_cannot_be_the_name_of_a_page(registry):
    from courseshop.domain.actor import OPERATOR
    from courseshop.domain.errors import Refused
    from courseshop.schemas.course import CourseDraft
    from courseshop.services import course

    draft = CourseDraft(slug="new", title="x", category="x")
    with pytest.raises(Refused) as refused:
        course.add(None, OPERATOR, draft, {"new"})
    assert (refused.value.field, refused.value.code) == ("slug", "reserved")
    assert adapters.reserved_names(registry, Root) >= {"courses", "livez", "openapi.json"}


URLS = ["/", "/courses", "/courses/speak-up-public-speaking", "/courses/speak-up-public-speaking/reviews",
        "/courses/backend-with-python/share", "/categories", "/categories/design", "/people/jonas-lindqvist",
        "/account/login"]  # fmt: skip


@pytest.mark.parametrize("url", URLS)
def test_templates_get_plain_data_and_no_rows(demo, url, monkeypatch):
    given = []
    # A cached page would not be rendered again.
    monkeypatch.setattr(shop_of(demo.registry), "page_cache", PageCache(0))
    for module in (behavior, panels):
        render = module.render

        def note(name, value, *args, render=render, **options):
            given.append(value)
            return render(name, value, *args, **options)

        monkeypatch.setattr(module, "render", note)
    assert demo.get(url).status_int == 200
    assert given
    for value in given:
        check_plain(value)


def check_plain(value):
    if isinstance(value, dict):
        for key, part in value.items():
            assert isinstance(key, str)
            check_plain(part)
    elif isinstance(value, list):
        for part in value:
            check_plain(part)
    else:
        assert isinstance(value, PLAIN), type(value)


def test_every_page_with_a_template_declares_its_json(registry):
    for spot, page in all_pages(registry):
        if page.renderer is not None:
            silent = page.method != "GET" and page.view.__annotations__["return"] == "None"
            assert page.returns is not None or silent, (spot.path, page.name)


def test_traversal_finds_the_parameters_of_nested_places(registry):
    described = {
        spot.path: [name for name, _hint in spot.parameters] for spot in traversal.walk(registry)
    }
    assert described["/courses/{slug}/reviews/{id}"] == ["slug", "id"]


def test_translatable_messages_are_up_to_date(tmp_path):
    collected = tmp_path / "courseshop.pot"
    command = [str(Path(sys.executable).parent / "pybabel"), "--quiet", "extract", "--mapping-file=courseshop/locale/babel.cfg",
               "--no-location", "--sort-output", "--project=courseshop", "--omit-header", f"--output-file={collected}", "courseshop"]  # fmt: skip
    subprocess.run(command, check=True, cwd=ROOT)
    assert collected.read_text() == (PACKAGE / "locale" / "courseshop.pot").read_text(), (
        "run: make messages"
    )
    for message in (
        "Student Ratings & Reviews",
        "No Review Yet",
        "We couldn't find anything at this address.",
    ):
        assert f'msgid "{message}"' in collected.read_text()


def test_templates_contain_no_text_that_is_not_marked_for_translation():
    for path in (PACKAGE / "templates").rglob("*.jinja2"):
        # The style guide is for developers.
        if path.name == "styleguide.jinja2":
            continue
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)
        text = re.sub(r'<(?:[^>"]|"[^"]*")*>', "", source)
        assert not re.search(r"[A-Za-z]{2,}", text), (path.name, text.strip())
