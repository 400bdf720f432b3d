"""The design system: tokens, styles, icons, the style guide, and what operators may change."""

from __future__ import annotations

import re

import compressing
import pytest
from helpers import ROOT, Shop, write_ini

from courseshop.rendering.icons import shapes

TEMPLATES = ROOT / "courseshop/templates"
SHEETS = sorted(compressing.STYLES.glob("*.css"))
RAW_COLOR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab)\(")
VARIABLE = re.compile(r"var\((--[\w-]+)")


@pytest.fixture
def shop_with(tmp_path, migrated_database):
    """Return a function that opens a shop with these settings."""

    def open_shop(**settings):
        own = {f"courseshop.{name}": str(value) for name, value in settings.items()}
        return Shop.open(write_ini(tmp_path, migrated_database(), **own))

    return open_shop


def test_styles_are_joined():
    assert (compressing.STATIC / "shop.css").read_text() == compressing.joined()


def test_fonts_have_hashed_names():
    tokens = (compressing.STATIC / "tokens.css").read_text()
    assert compressing.with_fonts(tokens) == tokens


def test_index_imports_every_style_sheet():
    imported = compressing.IMPORT.findall((compressing.STYLES / "index.css").read_text())
    assert sorted([*imported, "index.css"]) == [path.name for path in SHEETS]


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_styles_have_no_color_of_their_own(path):
    text = re.sub(r"oklch, currentColor", "", path.read_text())
    assert RAW_COLOR.findall(text) == []


def test_styles_use_only_declared_tokens():
    """A rule may compute with names of its own."""
    tokens = (compressing.STATIC / "tokens.css").read_text()
    for path in SHEETS:
        text = path.read_text()
        used = set(VARIABLE.findall(text))
        assert {name for name in used if f" {name}:" not in tokens + text} == set(), path.name


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_styles_have_logical_sides(path):
    """Pages also run from right to left."""
    sides = re.compile(r"(?<![\w-])(?:left|right|(?:margin|padding|border)-(?:left|right)):")
    assert sides.findall(path.read_text()) == []


def test_templates_use_every_icon_and_no_other():
    sources = [*TEMPLATES.rglob("*.jinja2"), *(ROOT / "courseshop").rglob("*.py")]
    text = "\n".join(path.read_text() for path in sources)
    assert {name for name in shapes() if f'"{name}"' not in text} == set()
    assert set(re.findall(r'icon\("([\w-]+)"', text)) <= shapes().keys()


def test_style_guide_is_shown_in_development(demo):
    page = demo.get("/styleguide")
    assert page.html.h1.get_text() == "Style guide"
    assert len(page.html.select(".demo[data-theme=dark] .button")) > 5


def test_operator_sets_accent_and_font(shop_with):
    shop = shop_with(accent="#8a2f6b", font="Georgia, serif")
    url = shop.get("/").html.select_one("link[href*=theme]")["href"]
    sheet = shop.get(url)
    assert sheet.content_type == "text/css"
    assert "--brand: #8a2f6b;" in sheet.text
    assert "--font: Georgia, serif;" in sheet.text


def test_theme_sheet_is_not_linked_without_a_setting(demo):
    assert demo.get("/").html.select_one("link[href*=theme]") is None
    assert demo.get("/theme.css").text == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accent", "red"),
        ("accent", "#fff; } body { display: none"),
        ("font", "Georgia; color: red"),
        ("terms", "/no/such/file.md"),
        ("contact", "javascript:alert(1)"),
    ],
)
def test_wrong_appearance_is_refused_at_start(shop_with, name, value):
    with pytest.raises(Exception, match=f"courseshop.{name}"):
        shop_with(**{name: value})


def test_footer_links_to_the_operators_texts(shop_with, tmp_path):
    terms = tmp_path / "terms.md"
    terms.write_text("# Rules\n\nBe *kind*. <script>alert(1)</script>")
    shop = shop_with(terms=terms, contact="mailto:shop@example.org")
    page = shop.get("/terms")
    assert page.html.h1.get_text() == "Terms of use"
    assert page.html.main.em.get_text() == "kind"
    assert not page.html.main.script
    links = {one.get_text(): one["href"] for one in page.html.footer.find_all("a")}
    assert links["Terms of use"].endswith("/terms")
    assert links["Contact"] == "mailto:shop@example.org"
    assert "Privacy policy" not in links
    assert shop.json("/terms").json["text"]["markdown"].startswith("# Rules")
    assert shop.get("/privacy", status=404).status_int == 404


def test_theme_package_replaces_the_tokens(shop_with, tmp_path):
    own = tmp_path / "tokens.css"
    own.write_text(":root { --paper: ivory; }\n")
    theme = tmp_path / "ivory_theme.py"
    theme.write_text(
        "def includeme(config):\n"
        f"    config.override_asset('courseshop:static/tokens.css', {str(own)!r})\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(tmp_path))
        ini = write_ini(
            tmp_path, f"sqlite:///{tmp_path}/x.sqlite", **{"pyramid.includes": "ivory_theme"}
        )
        shop = Shop.open(ini)
        shop.init()
        url = shop.get("/").html.select_one("link[href*=tokens]")["href"]
        assert "ivory" in shop.get(url).text
