"""`courseshop import`: course pages copied from a browser, including menus and buttons."""

from __future__ import annotations

import pytest
from helpers import write_ini
from operating import courseshop
from sqlalchemy import select

from courseshop import importing
from courseshop.importing import scraped
from courseshop.importing.faults import Faulty
from courseshop.models import Course

PAGE = (
    "Crafts\n\nWeaving\n\nWishlist Share\nShare Course\nPage Link\n\nAbout Course\n\nWarp. Weft.\n"
)
MENU = "Skip to content\nHome\nCourses\nBlog\nLog In\n"


def page(above="Crafts\n\nWeaving\n\nWishlist Share", about="Warp. Weft.", below=""):
    return f"{above}\nShare Course\n\nAbout Course\n{about}\nShow More\n{below}\nStudent Ratings & Reviews\nx"


@pytest.mark.parametrize(
    "above",
    [
        "Crafts\n\nWeaving\n\nWishlist Share",
        f"{MENU}\nCrafts\n\nWeaving\n\nWishlist Share",
        f"{MENU}Crafts\nWeaving\nWishlist\nShare",
        f"{MENU}Wishlist\nCart\n\nCrafts\nWeaving\nWishlist Share",
        "Home   Courses   Contact\n\nCrafts\n\nWeaving\n\nShare",
        "Home | Courses | Contact\nCrafts\nWeaving\nWishlist",
        "Home\nBlog\n\nWeaving\n4.50 (12 Ratings)\nBy Ann Alder\nCategories: Crafts, Textiles\nWishlist Share",
        "Home\nBlog\n\nWeaving\nCategories:\nCrafts\nWishlist Share",
        "Home > Courses > Crafts > Weaving\n\nWeaving\n\nWishlist Share",
        "Home / Crafts\n\nWeaving\n\nWishlist Share",
        "Crafts\nWeaving\nWishlist Share\nCourse Info\nReviews\nAnnouncements",
    ],
)
def test_title_and_category_are_found_below_any_menu(above):
    facts = scraped.read(page(above))
    assert (facts["title"], facts["category"]) == ("Weaving", "Crafts")


@pytest.mark.parametrize(
    ("above", "field", "found"),
    [
        ("Home\nCourses\nWishlist\nCart\nLogin", "title", "'Courses'"),
        (f"{MENU}\nWeaving\n\nWishlist Share", "category", "'Log In', which looks like a menu"),
        ("Startseite\nKurse\nKontakt\n\nWeaving\n\nShare", "category", "'Kontakt'"),
        ("Home\n\nCrafts\n\nWeaving", "title", "'Home', 'Crafts', 'Weaving'"),
        ("Weaving\n\nWishlist Share", "category", "no category above the title 'Weaving'"),
    ],
)
def test_ambiguous_page_is_refused_with_the_lines_that_were_found(above, field, found):
    with pytest.raises(Faulty) as refused:
        scraped.read(page(above))
    (fault,) = [one for one in refused.value.faults if one.field == field]
    assert found in fault.message


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "Dr. Ada Alder weaves in the U.S. and in Peru. More.",
            "Dr. Ada Alder weaves in the U.S. and in Peru.",
        ),
        (
            "Taught by Prof. J. R. Reed, e.g. at night. More.",
            "Taught by Prof. J. R. Reed, e.g. at night.",
        ),
        ("“Do I need a loom?” No. You do not.", "“Do I need a loom?”"),
        ("織物を学びます。道具は不要です。", "織物を学びます。"),
        ("Version 3.10 is new! Yes.", "Version 3.10 is new!"),
    ],
)
def test_the_summary_is_the_first_whole_sentence(text, sentence):
    assert scraped.read(page(about=text))["summary"] == sentence


def test_bullets_of_other_scripts_make_a_list():
    about = scraped.read(page(about="道具:\n・糸\n・はさみ\n✓ One\n"))["about"]
    assert about == "道具:\n\n- 糸\n- はさみ\n- One"


SECTIONS = """What Will You Learn?

To warp a loom
To finish an edge

Course Content
3 Lessons

First steps
The parts of a loom
05:30
Warping 1:02:03
Going on
2 Lectures
Finishing (12 min)
• Questions

Requirements
• A loom,
  of any size
• Yarn

Target Audience

Beginners
"""


@pytest.mark.parametrize("text", [page(below=SECTIONS), page(about=f"Warp. Weft.\n{SECTIONS}")])
def test_lists_and_lessons_are_read_below_and_inside_the_text(text):
    facts = scraped.read(text)
    assert facts["about"] == "Warp. Weft."
    assert facts["outcomes"] == ["To warp a loom", "To finish an edge"]
    assert facts["requirements"] == ["A loom, of any size", "Yarn"]
    assert facts["audience"] == ["Beginners"]
    assert facts["outline"] == [
        {
            "title": "First steps",
            "lessons": [
                {"title": "The parts of a loom", "minutes": 6},
                {"title": "Warping", "minutes": 63},
            ],
        },
        {
            "title": "Going on",
            "lessons": [
                {"title": "Finishing", "minutes": 12},
                {"title": "Questions", "minutes": 0},
            ],
        },
    ]


def test_text_continues_after_a_list_inside_it():
    facts = scraped.read(page(about="Warp.\nRequirements\n• Yarn\n\n2. The loom\nIt is large."))
    assert facts["requirements"] == ["Yarn"]
    assert facts["about"] == "Warp.\n\n## 2. The loom\n\nIt is large."


def test_copied_page_is_a_draft_unless_published_on_request(shop, tmp_path):
    path = tmp_path / "page.txt"
    path.write_text(PAGE)

    def load(**options):
        with shop.writing() as request:
            (report,) = importing.run(request, [path], importing.Options(**options))
            return report.outcome, request.db.scalar(select(Course.status))

    assert load() == ("created", "draft")
    assert load() == ("unchanged", "draft")
    assert load(publish=True) == ("changed", "published")
    assert load() == ("unchanged", "published")


def test_the_command_publishes_copied_pages_on_request(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    courseshop("init", ini)
    path = tmp_path / "page.txt"
    path.write_text(PAGE)
    assert courseshop("import", ini, path).stdout.startswith("created")
    assert courseshop("import", ini, path, "--publish").stdout.startswith("changed")
    assert courseshop("import", ini, path, "--publish").stdout.startswith("unchanged")
