"""Lists read a bounded number of rows, for guests, members and staff alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from crowd import crowd
from helpers import Shop, write_ini
from plans import Read, analyze, reads
from sqlalchemy import func, select

from courseshop.models import Course, Review
from courseshop.services.review.reading import _statements

if TYPE_CHECKING:
    from courseshop.domain.actor import Actor

pytestmark = [pytest.mark.databases, pytest.mark.slow]

# The most rows that a statement may read: two dozen with their joined rows, from up to four parts;
# for the facets of the catalogue, 500 courses. A whole table has 5,000 rows.
LIST, CATALOGUE = 400, 1_300
COUNTED = 100
REVIEWS = "/courses/many-0/reviews"
EVERYONE = ("guest", "member", "instructor", "moderator", "admin")
SORTS = ("newest", "helpful", "highest", "lowest")


@dataclass
class Crowd:
    """A shop with many rows, and its users by role."""

    shop: Shop
    people: dict[str, Actor]

    def worst(self, url: str, who: str) -> Read:
        """Return the statement for a page that reads the most rows."""
        return max(reads(self.shop, url, self.people[who]), key=lambda one: one.rows)


@pytest.fixture(scope="module")
def _small_counts():
    """Make lists count up to 100 rows instead of 10,000, which is more than exist here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("count_up_to", "ids_of"):
            patch.setattr(f"courseshop.services.paging.{name}.__defaults__", (COUNTED,))
        _statements.cache_clear()
        yield
    _statements.cache_clear()


@pytest.fixture(scope="module")
def large(migrated_database, tmp_path_factory, _small_counts):
    """Return a crowd in its own database, so that other tests do not continue its ids."""
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("large"), migrated_database()))
    people = crowd(shop)
    analyze(shop)
    yield Crowd(shop, people)
    shop.close()


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("sort", SORTS)
def test_review_list_reads_bounded_number_of_rows(large, who, sort):
    first = f"{REVIEWS}?sort={sort}"
    after = large.shop.json(first, large.people[who]).json["links"]["next"]
    for url in (first, after.removeprefix("http://localhost")):
        worst = large.worst(url, who)
        assert worst.rows < LIST, worst


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("stars", [1, 5])
@pytest.mark.parametrize("sort", SORTS)
def test_review_list_by_stars_reads_bounded_number_of_rows(large, who, stars, sort):
    worst = large.worst(f"{REVIEWS}?stars={stars}&sort={sort}", who)
    assert worst.rows < LIST, worst


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("sort", ["newest", "rating", "popular", "title", "price", "-price"])
def test_course_list_with_facets_reads_bounded_number_of_rows(large, who, sort):
    for url in (f"/courses?sort={sort}", f"/courses?level=beginner&sort={sort}"):
        worst = large.worst(url, who)
        assert worst.rows < CATALOGUE, worst


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/categories/shelf-1",
        "/courses?instructor=ann",
        "/courses/many-0",
        "/courses/many-0/feed.atom",
        "/feed.atom",
        "/people/ann",
    ],
)
def test_other_public_pages_read_bounded_number_of_rows(large, who, url):
    worst = large.worst(url, who)
    assert worst.rows < CATALOGUE, worst


@pytest.mark.parametrize("who", EVERYONE)
def test_totals_of_an_instructor_of_a_thousand_courses_read_few_rows(large, who):
    # Must be the first request for this URL, because pages for guests are cached.
    asked = reads(large.shop, "/courses/many-2", large.people[who])
    (found,) = (one for one in asked if "instructor_count" in one.statement)
    assert found.rows < 20, found
    page = large.shop.json("/courses/many-2", large.people[who]).json
    assert [one["courses"] for one in page["instructor_facts"]] == [180, 900]


@pytest.mark.parametrize(
    ("url", "who"),
    [
        ("/account", "member"),
        ("/account", "instructor"),
        ("/account/courses", "member"),
        ("/account/teaching", "instructor"),
        ("/account/invitations", "member"),
        ("/account/audit", "member"),
        ("/account/audit", "moderator"),
        ("/audit", "admin"),
        ("/people", "admin"),
        ("/people?role=student", "admin"),
        ("/people?role=admin&q=user", "admin"),
        ("/people?q=user", "admin"),
        ("/people?q=user-4711", "admin"),
        ("/moderation", "moderator"),
        ("/moderation?kind=course", "moderator"),
        ("/moderation?kind=review", "moderator"),
        ("/wishlists", "member"),
    ],
)
def test_member_and_staff_lists_read_bounded_number_of_rows(large, url, who):
    worst = large.worst(url, who)
    assert worst.rows < CATALOGUE, worst


@pytest.mark.parametrize("who", ["member", "moderator"])
def test_reports_of_review_read_bounded_number_of_rows(large, who):
    with large.shop.reading() as request:
        oldest = request.db.scalar(
            select(func.min(Review.id)).join(Course).where(Course.slug == "many-0")
        )
    worst = large.worst(f"{REVIEWS}/{oldest}/reports", who)
    assert worst.rows < LIST, worst
