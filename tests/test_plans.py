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

# What one statement may read: two dozen rows, each with those that are joined to it, from up to
# four parts; for the facets of the catalogue, 500 courses. A whole table has 5,000 rows.
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
    """Have lists count up to 100 rows instead of 10,000, which are more than there are here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("count_up_to", "ids_of"):
            patch.setattr(f"courseshop.services.paging.{name}.__defaults__", (COUNTED,))
        _statements.cache_clear()
        yield
    _statements.cache_clear()


@pytest.fixture(scope="module")
def large(migrated_database, tmp_path_factory, _small_counts):
    """Return a crowd in a database of its own: ids of other tests' rows would go on from its."""
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("large"), migrated_database()))
    people = crowd(shop)
    analyze(shop)
    yield Crowd(shop, people)
    shop.close()


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_of_reviews_reads_little_more_than_it_shows(large, who, sort):
    first = f"{REVIEWS}?sort={sort}"
    after = large.shop.json(first, large.people[who]).json["links"]["next"]
    for url in (first, after.removeprefix("http://localhost")):
        worst = large.worst(url, who)
        assert worst.rows < LIST, worst


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("stars", [1, 5])
@pytest.mark.parametrize("sort", SORTS)
def test_so_does_a_page_of_reviews_with_a_number_of_stars(large, who, stars, sort):
    worst = large.worst(f"{REVIEWS}?stars={stars}&sort={sort}", who)
    assert worst.rows < LIST, worst


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("sort", ["newest", "rating", "popular", "title", "price", "-price"])
def test_a_page_of_courses_reads_little_more_than_it_shows_and_its_facets_count(large, who, sort):
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
def test_other_pages_with_courses_or_reviews_read_little(large, who, url):
    worst = large.worst(url, who)
    assert worst.rows < CATALOGUE, worst


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
def test_a_list_for_members_or_staff_reads_little(large, url, who):
    worst = large.worst(url, who)
    assert worst.rows < CATALOGUE, worst


@pytest.mark.parametrize("who", ["member", "moderator"])
def test_so_do_the_reports_of_a_review(large, who):
    with large.shop.reading() as request:
        oldest = request.db.scalar(
            select(func.min(Review.id)).join(Course).where(Course.slug == "many-0")
        )
    worst = large.worst(f"{REVIEWS}/{oldest}/reports", who)
    assert worst.rows < LIST, worst
