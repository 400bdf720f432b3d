"""The paged lists of the user's own courses and invitations, linked from the account page."""

from __future__ import annotations

import pytest
from browsing import Visitor
from factories import enrol

from courseshop.domain.actor import Actor
from courseshop.services import course, invitation, user


@pytest.mark.databases
def test_account_shows_twenty_courses_per_kind_and_links_to_rest(shop):
    visitor = Visitor(shop)
    visitor.register("ann")
    for n in range(23):
        shop.add_course(f"taught-{n}", instructors=["ann"])
        shop.add_course(f"attended-{n}", instructors=["bob"])
        with shop.storing() as db:
            enrol(db, user.find(db, "ann").id, f"attended-{n}")
    page = visitor.json("/account").json
    for shown, link, name in (
        ("attends", "courses", "attended"),
        ("teaches", "teaching", "taught"),
    ):
        assert len(page[shown]) == 20
        assert all_slugs(visitor, page["links"][link]) == [f"{name}-{n}" for n in range(22, -1, -1)]
    html = visitor.get("/account").html
    assert html.find("a", string="See all your courses")["href"] == page["links"]["courses"]
    assert html.find("a", string="See all courses you teach")["href"] == page["links"]["teaching"]


def card_of(page, slug):
    """Return the card of a course on a page."""
    return page.html.find("a", class_="whole", href=f"http://localhost/courses/{slug}").find_parent(
        class_="card"
    )


@pytest.mark.parametrize("url", ["/account/teaching", "/account", "/courses", "/people/ann"])
def test_own_course_offers_editing_instead_of_wishing_and_comparing(shop, url):
    visitor = Visitor(shop)
    visitor.register("ann")
    shop.add_course("python", instructors=["bob", "ann"])
    card = card_of(visitor.get(url), "python")
    edit = card.find(class_="edit")
    assert (edit["href"], edit.get_text(" ", strip=True)) == (
        "http://localhost/courses/python/edit",
        "Edit Python",
    )
    assert visitor.get(edit["href"]).status_int == 200
    assert card.find(class_="badge").get_text() == "Published"
    assert (card.find(class_="wish"), card.find(class_="tick")) == (None, None)


def test_teaching_page_shows_the_status_of_a_draft_and_nothing_to_compare(shop):
    visitor = Visitor(shop)
    visitor.register("ann")
    shop.add_course("python", published=None, instructors=["ann"])
    page = visitor.get("/account/teaching")
    assert card_of(page, "python").find(class_="badge").get_text() == "Draft"
    assert page.html.find(id="compare") is None


@pytest.mark.parametrize("url", ["/account/courses", "/account", "/"])
def test_card_of_enrolled_student_says_so_and_offers_nothing_to_choose(shop, url):
    visitor = Visitor(shop)
    visitor.register("ann")
    shop.add_course("python", instructors=["bob"])
    with shop.storing() as db:
        enrol(db, user.find(db, "ann").id, "python")
    card = card_of(visitor.get(url), "python")
    assert card.find(class_="badge").get_text() == "Enrolled"
    assert card.select(".price, .wish, .tick") == []


def test_other_instructors_courses_can_be_wished_and_compared(shop):
    visitor = Visitor(shop)
    visitor.register("ann")
    shop.add_course("python", instructors=["bob"])
    for reader in (visitor, shop):
        card = card_of(reader.get("/courses"), "python")
        assert card.find(class_="edit") is None
        assert card.find(class_="badge") is None
        assert card.find(class_="wish")
        assert card.find(class_="tick")


def test_empty_lists_say_so(shop):
    visitor = Visitor(shop)
    visitor.register("ann")
    for name, said in (
        ("courses", "You haven't enrolled in any courses yet."),
        ("teaching", "You don't teach any courses yet."),
    ):
        main = visitor.get(f"/account/{name}").html.main
        assert said in main.text
        assert "0 courses" not in main.text


def all_slugs(visitor, url):
    """Follow the links to the next page through a list; return the slugs."""
    found = []
    while url:
        page = visitor.json(url).json
        found += [one["slug"] for one in page["items"]]
        assert page["total"] == 23
        url = page["links"]["next"]
    return found


@pytest.mark.databases
def test_invitations_are_paged_and_linked_from_account(shop):
    visitor = Visitor(shop)
    visitor.register("ann")
    for n in range(23):
        shop.add_course(f"course-{n}", instructors=["bob"])
    with shop.storing() as db:
        ann, bob = (user.find(db, name) for name in ("ann", "bob"))
        for n in range(23):
            row = course.find_written(db, f"course-{n}")
            invitation.invite(db, Actor(id=bob.id), row.id, ann.username)
    html = visitor.get("/account").html
    assert len(html.select("ul.rows li")) == 20
    all_of_them = html.find("a", string="See all invitations")["href"]
    first = visitor.json(all_of_them).json
    second = visitor.json(first["links"]["next"]).json
    slugs = [one["course"]["slug"] for page in (first, second) for one in page["items"]]
    assert slugs == [f"course-{n}" for n in range(22, -1, -1)]
    assert (first["total"], second["links"]["next"]) == (23, None)


def test_profile_links_to_all_courses_of_person(shop):
    for n in range(23):
        shop.add_course(f"course-{n}", instructors=["ann"])
    page = shop.json("/people/ann").json
    assert len(page["courses"]) == 20
    link = page["links"]["courses"]
    assert shop.json(link.removeprefix("http://localhost")).json["total"] == 23
    assert shop.get("/people/ann").html.find("a", string="See all courses by Ann")["href"] == link


def test_cursor_of_another_users_list_gets_400(shop):
    pages = {}
    for name in ("ann", "bob"):
        visitor = Visitor(shop)
        visitor.register(name)
        for number in range(2):
            visitor.post_json("/wishlists", {"name": f"List {number}"})
        first = visitor.json("/wishlists?limit=1").json
        pages[name] = visitor, first["links"]["next"]
    ann, _own = pages["ann"]
    assert ann.json(pages["ann"][1]).status_int == 200
    assert ann.json(pages["bob"][1]).status_int == 400
