"""Generated covers and avatars: the same for the same names, light, varied and legible."""

from __future__ import annotations

import gzip
import random
import re
from itertools import pairwise
from statistics import mean

import pytest
from lxml import etree

from courseshop.services import covers
from courseshop.services.avatar import COLORS, avatar, initials
from courseshop.services.covers import cover, palette
from courseshop.services.covers.dice import Dice
from courseshop.services.covers.palettes import PALETTES
from courseshop.services.covers.tastes import CHOSEN, FAMILIES_OF_A_TASTE, taste

CATEGORIES = [*CHOSEN, "cooking", "law", "gardening", "日本語"]


def titles(category, count):
    """Return random titles, the same in each run."""
    chance = random.Random(category)
    letters = "abcdefghijklmnopqrstuvwxyz "
    return ["".join(chance.choices(letters, k=chance.randint(5, 60))) for _ in range(count)]


def drawn(count):
    return [cover(title, category) for category in CATEGORIES for title in titles(category, count)]


def contrast(one, other):
    """Return the contrast of two colors by WCAG 2.2."""

    def luminance(color):
        parts = [part / 255 for part in bytes.fromhex(color[1:])]
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_a_cover_depends_on_title_and_category_alone():
    cover.cache_clear()
    first = cover("A B", "x")
    cover.cache_clear()
    assert cover("A B", "x") == first
    assert first not in {cover("A C", "x"), cover("A B", "y")}


def test_choices_are_the_same_on_every_machine():
    dice = Dice("Çok güzel")
    assert [dice.below(100) for _ in range(8)] == [11, 35, 46, 28, 72, 11, 26, 16]
    assert "".join(Dice("a").shuffle("abcdefgh")) == "ebagcdhf"
    assert not [svg for svg in drawn(40) if re.search(r"\d\.\d", svg)]


def test_a_long_run_of_choices_is_even():
    dice = Dice("")
    rolls = [dice.below(6) for _ in range(6_000)]
    assert all(900 < rolls.count(side) < 1_100 for side in range(6))


def test_a_cover_is_an_image_without_text_styles_and_ids():
    for svg in drawn(40):
        root = etree.fromstring(svg)
        assert root.get("viewBox") == "0 0 320 180"
        assert {element.tag for element in root.iter()} <= {"svg", "g", "path", "circle", "rect"}
        names = {name for element in root.iter() for name in element.attrib}
        assert not names & {"style", "id", "class"}
    assert "<script" not in cover("<script>", '"><script>')


def test_covers_are_light():
    sizes = [len(gzip.compress(svg.encode())) for svg in drawn(100)]
    assert mean(sizes) < 400
    assert max(sizes) < 700


@pytest.mark.parametrize("category", CATEGORIES)
def test_neighbors_seldom_look_alike(category):
    chosen = [covers._choose(title, category)[1:] for title in titles(category, 1_000)]
    pairs = list(pairwise(chosen))
    assert mean(one == other for one, other in pairs) < 0.03
    assert mean(one[1] == other[1] for one, other in pairs) < 0.2


def test_each_category_has_its_own_taste():
    for category in CATEGORIES:
        families, palettes = taste(category)
        assert len(set(families)) == FAMILIES_OF_A_TASTE
        assert len(set(palettes)) == len(palettes) < len(PALETTES)
        assert {palette(title, category) for title in titles(category, 200)} == set(palettes)
    assert len({taste(category) for category in CATEGORIES}) == len(CATEGORIES)


def test_the_categories_of_the_demo_have_tiles_of_different_families():
    assert len({taste(category).families[0] for category in CHOSEN}) == len(CHOSEN)
    assert len({cover("", category) for category in CHOSEN}) == len(CHOSEN)


@pytest.mark.parametrize("name", PALETTES)
def test_a_palette_has_a_legible_drawing_and_legible_texts(name):
    colors = PALETTES[name]
    assert contrast(colors.paper, colors.strong) >= 4.5
    assert contrast(colors.paper, colors.medium) >= 2.5
    assert contrast(colors.darkest, colors.lightest) >= 4.5
    assert contrast(colors.darkest, colors.accent) >= 4.5
    assert all(contrast(ink, colors.against(ink)) >= 2 for ink in colors)


def test_the_initials_of_an_avatar_are_legible():
    assert all(contrast(background, ink) >= 4.5 for background, ink in COLORS)


def test_an_avatar_has_the_initials_of_the_first_and_the_last_word():
    assert ">AS</text>" in avatar("Ann van der Smith")
    assert avatar("Ann") == avatar("Ann")
    assert len({avatar(f"Ann {n}").split("#")[1] for n in range(50)}) == len(COLORS)
    assert initials("“Çok” güzel & more") == "ÇG"
    assert initials("---") == ""
