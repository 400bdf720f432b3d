"""`courseshop import`: what stands around the text of a copied page is no part of the course."""

from __future__ import annotations

import pytest
from import_files import page

from courseshop.importing import scraped
from courseshop.importing.faults import Faulty


@pytest.mark.parametrize(
    "aside",
    [
        "Free", "$49", "1.299,00 €", "USD 49.00", "€ 10 | 50% off", "Price: 49", "0 Total Enrolled",
        "4.8 (1,234 ratings)", "(1,234 ratings)", "4.8", "4.8 stars", "10% off", "★★★★★", "★ 4,8 / 5", "1.234 students",
        "12 students enrolled", "Weaving", "♡ Wishlist", "Add to cart", "Level: Beginner",
        "Last updated 5/2024", "—", "No Reviews Yet",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["Crafts\n\nWeaving\n{}", "Crafts\n\n{}\n\nWeaving"])
def test_a_price_a_rating_or_a_button_is_neither_title_nor_category(form, aside):
    facts = scraped.read(page(form.format(aside)))
    assert (facts["title"], facts["category"]) == ("Weaving", "Crafts")


@pytest.mark.parametrize(
    ("above", "field", "message"),
    [
        ("EduPlace\n\nHealth\n\nBy Heart", "title", "may be 'Health' or 'By Heart'"),
        ("EduPlace\n\nHealth\n\n30 Days", "title", "may be 'Health' or '30 Days'"),
        ("EduPlace\n\nSki\n\nAdvanced", "title", "may be 'Ski' or 'Advanced'"),
        ("EduPlace\n\nNovels\n\n1984", "title", "may be 'Novels' or '1984'"),
        ("EduPlace\n\nNovels\n\n1984\nCategories: X", "title", "may be 'Novels' or '1984'"),
        ("Crafts\n\nWeaving\nCategories: Art", "category", "may be 'Crafts' or 'Art'"),
        ("Today everything is cheap!\n\nWeaving", "category", "found no category above"),
        ("Weaving\n♡ Wishlist", "category", "found no category above the title 'Weaving'"),
        ("Weaving\nCategories: A\nCategories: B", "category", "found 'A', 'B'"),
    ],
)
def test_in_doubt_a_page_is_refused(above, field, message):
    with pytest.raises(Faulty) as refused:
        scraped.read(page(above))
    assert [one.field for one in refused.value.faults if message in one.message] == [field]
    assert refused.value.facts["about"] == "Warp. Weft."


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("Categories: Business, Design, Tech\n\nCrafts\n\nWeaving", ""),
        ("Crafts\n\nWeaving", "Categories: Cooking"),
        ("Crafts\n\nWeaving", "Related Courses\nSoup for Two\nCategories: Cooking"),
        ("Crafts\n\nWeaving\nBy Ann Alder\nCategories: Textiles, Crafts", ""),
        ("Home\nBlog\n\nWeaving", "Categories: Crafts"),
    ],
)
def test_the_category_of_a_label_counts_only_near_the_title(above, below):
    assert scraped.read(page(above, below=below))["category"] == "Crafts"


@pytest.mark.parametrize(
    ("about", "kept"),
    [
        ("Warp.\nMaterials included:\n• Yarn\n\n2. The loom\nIt is large.", "It is large."),
        ("Warp.\nRequirements:\nYou need a loom.\n\nThen we weave. It takes long.", "takes long."),
        ("Warp.\nRequirements:\nA loom\nYarn", "A loom"),
        ("Warp.\nCourse Content:\nThis course has everything.\n\n2. The loom\nBig.", "Big."),
        ("Warp.\nCourse Content\nBasics\nYarn 05:30\n\nThe end\nIt takes a month.", "The end"),
        ("Warp.\nRequirements\n• Yarn\nNow we weave.", "Now we weave."),
    ],
)
def test_no_text_is_lost_below_a_heading_inside(about, kept):
    facts = scraped.read(page(about=about))
    assert kept in facts["about"]
    assert facts["about"].startswith("Warp.")


def test_headings_inside_that_have_no_list_remain():
    facts = scraped.read(page(about="Warp.\nMaterials included:\n• Yarn\nCourse Content:\nAll."))
    assert facts["about"] == "Warp.\n\nMaterials included:\n\n- Yarn\n\nCourse Content:\n\nAll."
    assert facts.keys().isdisjoint({"outline", "requirements"})


@pytest.mark.parametrize(
    ("line", "title", "minutes"),
    [
        ("5 Topics in Ethics 12:00", "5 Topics in Ethics", 12),
        ("Top 10 Lessons from History 12:00", "Top 10 Lessons from History", 12),
        ("Learn Git in 15 Minutes", "Learn Git in 15 Minutes", 0),
        ("Meet at 10:30", "Meet at 10:30", 0),
        ("Git (15 Minutes)", "Git", 15),
        ("Git - 1 hour 5 minutes", "Git", 65),
        ("Warm up 45s", "Warm up", 1),
        ("Threads 12m 30s", "Threads", 13),
        ("Yarn 1:02:03", "Yarn", 63),
        ("Yarn: 2h", "Yarn", 120),
    ],
)
def test_the_time_of_a_lesson_is_no_part_of_its_title(line, title, minutes):
    below = (
        f"Course Content\nBasics\n3 Lessons • 1h 5m\nShow More\n{line}\nShow Less\nTotal: 3h 20m"
    )
    (section,) = scraped.read(page(below=below))["outline"]
    assert section == {"title": "Basics", "lessons": [{"title": title, "minutes": minutes}]}


@pytest.mark.parametrize(
    "end",
    ["Reviews", "Student Feedback", "Related Courses", "You may also like", "© 2024 EduPlace",
     "Copyright © EduPlace", "Student Ratings & Reviews"],
)  # fmt: skip
def test_reviews_other_courses_and_the_footer_are_no_text(end):
    text = f"Crafts\n\nWeaving\n\nWishlist Share\nAbout Course\nWarp.\n\n{end}\nGreat!\nAnn B.\n"
    assert scraped.read(text)["about"] == "Warp."
    usual = end == "Student Ratings & Reviews"
    assert scraped.unread(text) == ([] if usual else [f"everything from {end!r} on"])


def test_prices_beside_the_lists_are_no_items():
    text = page(below="Target Audience\nBeginners\n$49.00\nBuy Now\nTotal: 3h")
    assert scraped.read(text)["audience"] == ["Beginners", "Total: 3h"]
    assert scraped.unread(text) == ["$49.00"]


@pytest.mark.parametrize(
    ("about", "summary"),
    [
        ("1. What is weaving?\nIt is old.", "It is old."),
        ("• Yarn\n• Loom\n\nAll about it. More.", "All about it."),
        ("On Mt. Fuji we weave. More.", "On Mt. Fuji we weave."),
        ("See Fig. 3 first. More.", "See Fig. 3 first."),
        ("It begins on Jan. 5 at noon. More.", "It begins on Jan. 5 at noon."),
        ("Der Kurs beginnt am 3. Mai. Mehr.", "Der Kurs beginnt am 3. Mai."),
        ("تعلم النسيج؟ نعم.", "تعلم النسيج؟"),
        ("• Yarn", "• Yarn"),
    ],
)
def test_the_summary_is_a_sentence_of_the_text(about, summary):
    assert scraped.read(page(about=about))["summary"] == summary
