"""The catalogue: filters and their counts, sort orders, pages, search and the category tree."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from urllib.parse import urlencode

import pytest
from helpers import Shop, write_ini
from operating import courseshop
from sqlalchemy import select, update
from writers import Writer, publish

from courseshop.domain.actor import OPERATOR, Actor
from courseshop.models import Course, CourseCount
from courseshop.schemas.category import CategoryDraft
from courseshop.services import catalogue as service
from courseshop.services import category, course, facet, recount, review, status, user
from courseshop.services.rating import score
from courseshop.services.search import choice
from courseshop.views.facet import WIDENING, widened

pytestmark = pytest.mark.databases


def add_category(shop, slug, parent=None):
    with shop.writing() as request:
        above = parent and category.find(request.db, parent)
        category.add(request.db, CategoryDraft(slug=slug, title=slug.title()), above)


@pytest.fixture(scope="module")
def stocked(migrated_database, tmp_path_factory):
    """Return a read-only shop with nested categories, and courses that differ in every facet."""
    shop = Shop.open(write_ini(tmp_path_factory.mktemp("stocked"), migrated_database()))
    yield stock(shop)
    shop.close()


@pytest.fixture
def writable_shop(shop):
    """Return a shop with the same data that tests may change."""
    return stock(shop)


def stock(shop):
    for slug, parent in (("code", None), ("web", "code"), ("css", "web"), ("art", None)):
        add_category(shop, slug, parent)
    shop.add_course(
        "flexbox", category="css", level="beginner", duration_minutes=45, tags=["Web", "CSS"]
    )
    shop.add_course(
        "pyramid",
        category="web",
        level="advanced",
        price="20.00",
        duration_minutes=600,
        tags=["web"],
    )
    shop.add_course(
        "big-o", category="code", level="all", price="5.00", duration_minutes=120, language="de"
    )
    shop.add_course(
        "Étching".lower().replace("é", "e"),
        category="art",
        title="Étching",
        price="90.00",
        duration_minutes=2_000,
        instructors=["bob"],
    )
    people = [shop.add_person(f"student-{n}") for n in range(3)]
    ids = {row.slug: row.id for row in rows_of(shop)}
    for slug, stars in (("flexbox", (5,)), ("pyramid", (5, 4, 5)), ("big-o", (2,))):
        for person, rating in zip(people, stars, strict=False):
            shop.add_review(ids[slug], person, rating)
    return shop


def rows_of(shop):
    with shop.reading() as request:
        return list(request.db.execute(select(Course.id, Course.slug)))


def slugs(shop, query=""):
    answer = shop.json(f"/courses{query}")
    assert answer.status_int == 200, answer.text
    return [item["slug"] for item in answer.json["items"]]


def facet_counts(shop, name, query=""):
    found = shop.json(f"/courses{query}").json["facets"].get(name, [])
    assert all(one["exact"] for one in found)
    return {one["value"]: one["count"] for one in found}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("category=code", {"flexbox", "pyramid", "big-o"}),
        ("category=css", {"flexbox"}),
        ("level=advanced", {"pyramid"}),
        ("language=de", {"big-o"}),
        ("price=free", {"flexbox"}),
        ("price=paid", {"pyramid", "big-o", "etching"}),
        ("rating=4.5", {"flexbox", "pyramid"}),
        ("rating=4.7", {"flexbox", "pyramid"}),
        ("rating=4.8", {"flexbox"}),
        ("rating=2.0", {"flexbox", "pyramid", "big-o"}),
        ("max_minutes=120", {"flexbox", "big-o"}),
        ("instructor=bob", {"etching"}),
        ("tag=WEB", {"flexbox", "pyramid"}),
        ("tag=nothing-has-it", set()),
        ("category=code&price=paid&max_minutes=300", {"big-o"}),
        ("tag=web&level=advanced&rating=4", {"pyramid"}),
        ("category=art&price=free", set()),
    ],
)
def test_filters_combine(stocked, query, expected):
    assert set(slugs(stocked, f"?{query}")) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("rating", ["pyramid", "flexbox", "etching", "big-o"]),
        ("title", ["big-o", "etching", "flexbox", "pyramid"]),
        ("price", ["flexbox", "big-o", "pyramid", "etching"]),
        ("-price", ["etching", "pyramid", "big-o", "flexbox"]),
        ("newest", ["etching", "big-o", "pyramid", "flexbox"]),
        ("relevance", ["etching", "big-o", "pyramid", "flexbox"]),
    ],
)
def test_sort_orders(stocked, sort, expected):
    assert slugs(stocked, f"?sort={sort}") == expected
    paged = slugs_of_all_pages(stocked, f"/courses?sort={sort}&limit=1")
    assert paged == expected
    assert slugs_of_all_pages(stocked, f"/courses?sort={sort}&limit=1&language=en") == [
        slug for slug in expected if slug != "big-o"
    ]


def slugs_of_all_pages(shop, url, rel="next"):
    found = []
    while url:
        page = shop.json(url).json
        found += [item["slug"] for item in page["items"]]
        url = (page["links"][rel] or "").removeprefix("http://localhost")
        following = url and shop.json(url).json["links"]["prev"]
        assert not url or following
    return found


def test_popular_sorts_by_number_of_students(shop, teacher, student):
    shop.add_course("lonely")
    student.ask("PUT", "/courses/backend-with-python/enrolment")
    assert slugs(shop, "?sort=popular") == ["backend-with-python", "lonely"]


def test_single_five_star_rating_does_not_rank_first():
    many, one, none = score(49 * 10, 100), score(5, 1), score(0, 0)
    assert many > one > none
    assert none == 3_500
    assert all(a < b for a, b in pairwise(score(n, 1) for n in range(1, 6)))


def test_stored_score_matches_ratings(stocked):
    with stocked.reading() as request:
        columns = (Course.score, Course.rating_sum, Course.rating_count)
        for row in request.db.execute(select(*columns)):
            assert row.score == score(row.rating_sum, row.rating_count)


def test_facet_counts_reflect_the_other_filters(stocked):
    assert facet_counts(stocked, "level") == {"all": 2, "beginner": 1, "advanced": 1}
    assert facet_counts(stocked, "category") == {"code": 3, "art": 1}
    assert facet_counts(stocked, "level", "?category=code") == {
        "all": 1,
        "beginner": 1,
        "advanced": 1,
    }
    assert facet_counts(stocked, "level", "?price=paid&level=all") == {"all": 2, "advanced": 1}
    assert facet_counts(stocked, "price", "?level=all") == {"paid": 2}
    assert facet_counts(stocked, "tag") == {"web": 2, "css": 1}
    assert facet_counts(stocked, "rating", "?price=paid") == {"4.5": 1, "4": 1, "3.5": 1, "3": 1}
    assert facet_counts(stocked, "max_minutes") == {"60": 1, "180": 2, "600": 3, "1800": 3}
    assert facet_counts(stocked, "language", "?tag=web") == {"en": 2}


def test_siblings_of_selected_category_stay_listed(stocked):
    for chosen, below in (("art", {}), ("code", {"web": 2}), ("web", {"web": 2, "css": 1})):
        found = facet_counts(stocked, "category", f"?category={chosen}")
        assert found == {"code": 3, "art": 1, **below}
    assert list(facet_counts(stocked, "category", "?category=web")) == ["code", "web", "css", "art"]


def test_rating_counts_are_right_with_and_without_filters(stocked):
    expected = {"4.5": 2, "4": 2, "3.5": 2, "3": 2}
    assert facet_counts(stocked, "rating") == expected
    assert facet_counts(stocked, "rating", "?category=code") == expected


def test_rating_counts_follow_reviews_and_course_status(writable_shop):
    ids = {row.slug: row.id for row in rows_of(writable_shop)}
    before = facet_counts(writable_shop, "rating")["3"]
    review_id = writable_shop.add_review(ids["etching"], writable_shop.add_person("rater"), 3)
    assert facet_counts(writable_shop, "rating")["3"] == before + 1
    with writable_shop.storing() as db:
        author = user.find(db, "rater")
        row = review.find(db, Actor(id=author.id), ids["etching"], review_id)
        review.remove(db, row)
    assert facet_counts(writable_shop, "rating")["3"] == before
    with writable_shop.storing() as db:
        row = course.find_written(db, "flexbox")
        status.move(db, status.Rules(OPERATOR, "moderators"), row, "archived")
        assert [one.where for one in recount.faults(db)] == []
    assert facet_counts(writable_shop, "rating")["3"] == before - 1


def test_languages_are_sorted_by_count(stocked):
    for query in ("", "?price=paid", "?max_minutes=1800"):
        languages = stocked.json(f"/courses{query}").json["facets"]["language"]
        counts = [(-one["count"], one["value"]) for one in languages]
        assert counts == sorted(counts)
        assert len(counts) > 1


def test_facet_values_are_links_and_each_filter_can_be_removed(stocked):
    page = stocked.json("/courses?price=paid&level=all&sort=price").json
    assert [(one["name"], one["label"]) for one in page["filters"]] == [
        ("level", "For all levels"),
        ("price", "Paid"),
    ]
    without = page["filters"][0]["url"]
    assert without == "http://localhost/courses?price=paid&sort=price"
    (chosen,) = [one for one in page["facets"]["level"] if one["active"]]
    assert chosen["url"] == without
    html = stocked.get("/courses?price=paid&level=all&sort=price").html
    assert html.find("a", attrs={"aria-label": "Remove filter: For all levels"})["href"] == without
    active = html.find(id="filters").find("a", attrs={"aria-current": "true"})
    assert active.span.text == "For all levels"
    hidden = {
        one["name"]: one["value"] for one in html.find("form", class_="sort").find_all("input")
    }
    assert hidden == {"price": "paid", "level": "all"}


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("category=nowhere", "category"),
        ("instructor=nobody-at-all", "instructor"),
        ("level=expert", "level"),
        ("price=cheap", "price"),
        ("rating=6", "rating"),
        ("rating=nan", "rating"),
        ("max_minutes=0", "max_minutes"),
        ("sort=random", "sort"),
        ("language=english!", "language"),
        ("color=red", "color"),
        ("limit=-1", "limit"),
        ("limit=1e9", "limit"),
        ("after=junk", "after"),
    ],
)
def test_invalid_parameter_is_400_and_named(stocked, query, field):
    answer = stocked.json(f"/courses?{query}")
    assert answer.status_int == 400
    assert [one["field"] for one in answer.json["errors"]] == [field]
    page = stocked.get(f"/courses?{query}")
    assert (page.status_int, page.headers["Cache-Control"]) == (200, "no-store")
    assert "We ignored a part of this link" in page.html.find(id="notice").text
    assert not page.html.find(
        "a", href=lambda url: url and field in url and "=" + query[-4:] in url
    )


@pytest.mark.one_database
def test_error_lists_the_valid_values(stocked):
    url = "/courses?level=expert"
    (fault,) = stocked.json(url).json["errors"]
    assert fault["message"] == "Choose one of: all, beginner, intermediate, advanced."


@pytest.mark.one_database
def test_unknown_parameter_is_named_in_error(stocked):
    (fault,) = stocked.json("/courses?price_min=1").json["errors"]
    assert (fault["field"], fault["message"]) == ("price_min", "Unknown field.")


def test_custom_filter_value_is_listed_while_it_is_active(stocked):
    for query, name, value, number in (
        ("rating=4.7", "rating", "4.7", 2),
        ("max_minutes=100", "max_minutes", "100", 1),
        ("tag=WEB", "tag", "web", 2),
        ("category=css", "category", "css", 1),
    ):
        found = stocked.json(f"/courses?{query}").json["facets"][name]
        (active,) = [one for one in found if one["active"]]
        assert (active["value"], active["count"]) == (value, number)
        assert active["url"] == "http://localhost/courses"


def test_tags_of_course_link_to_courses_with_the_same_tag(stocked):
    link = stocked.get("/courses/flexbox").html.find("a", string="Web")
    assert slugs(stocked, f"?{link['href'].partition('?')[2]}") == ["pyramid", "flexbox"]


def test_empty_result_says_so_and_suggests_what_to_do(stocked):
    page = stocked.get("/courses?category=art&price=free").html
    assert "No courses match these filters." in page.text
    assert page.find("a", id="filter-price")
    page = stocked.get("/courses?q=flexbox&category=art").html
    assert "No courses match your words and filters." in page.text
    assert "Remove a filter, or try different words." in page.text


def test_facet_counts_above_cap_are_inexact_but_results_are_complete(stocked, monkeypatch):
    monkeypatch.setattr(service, "CAP", 2)
    monkeypatch.setattr(service, "SOME", 1)
    page = stocked.json("/courses?language=en").json
    assert (len(page["items"]), page["total"], page["total_exact"]) == (3, 3, True)
    assert {one["exact"] for one in page["facets"]["level"]} == {False}
    assert "+" in stocked.get("/courses?language=en").html.find(id="filters").text
    for query in ("category=code", "tag=web&price=paid", "rating=2", "max_minutes=5000"):
        expected = slugs(stocked, f"?{query}")
        for sort in service.SORTS:
            assert sorted(slugs(stocked, f"?{query}&sort={sort}")) == sorted(expected)
            assert sorted(
                slugs_of_all_pages(stocked, f"/courses?{query}&sort={sort}&limit=1")
            ) == sorted(expected)


def test_total_above_limit_is_a_lower_bound(stocked, monkeypatch):
    monkeypatch.setattr(service, "CAP", 1)
    url = "/courses?language=en&max_minutes=5000"
    assert stocked.json(url).json["total"] == 3
    monkeypatch.setattr(service, "MOST_COUNTED", 3)
    page = stocked.json(url).json
    assert (len(page["items"]), page["total"], page["total_exact"]) == (3, 1, False)
    assert "1+ courses" in stocked.get(url).text
    assert stocked.json("/courses?language=en").json["total_exact"]


def test_wider_filter_value_never_has_a_smaller_count(stocked):
    stars = widened({"4.5": 13, "4": 263, "3.5": 28, "3": None, "4.2": 90}, WIDENING["rating"])
    assert [*stars] == ["4.5", "4.2", "4", "3.5", "3"]
    assert [*stars.values()] == [13, 90, 263, 263, None]
    offered = stocked.json("/courses?max_minutes=100").json["facets"]["max_minutes"]
    counts = [(one["value"], one["count"]) for one in offered]
    assert counts == [("60", 1), ("100", 1), ("180", 2), ("600", 3), ("1800", 3)]


def test_very_common_tag_filters_like_any_other(stocked, monkeypatch):
    queries = ("tag=web&price=paid", "tag=web&level=beginner", "tag=web&rating=4&instructor=ann")
    known = {query: stocked.json(f"/courses?{query}").json for query in queries}
    monkeypatch.setattr(service, "LOOKUP", 1_000)
    for query, before in known.items():
        assert stocked.json(f"/courses?{query}").json == before
        assert slugs(stocked, f"?{query}") != []


def test_staff_total_counts_unpublished_courses_up_to_a_limit(writable_shop, shop, monkeypatch):
    monkeypatch.setattr("courseshop.services.paging.count_up_to.__defaults__", (2,))
    monkeypatch.setattr(service, "MOST_COUNTED", 2)
    moderator = Writer(shop, "mo", "moderator")

    def total():
        page = moderator.get("/courses").json
        return len(page["items"]), page["total"], page["total_exact"]

    assert total() == (4, 4, True)
    for slug in slugs(writable_shop)[:3]:
        moderator.patch(f"/courses/{slug}", {"status": "archived"})
    assert total() == (4, 3, False)


def test_draft_is_not_counted_and_only_its_instructor_finds_it(writable_shop, shop):
    author = Writer(shop, "author")
    author.write(category="art", language="fr", tags=["secret"])
    for query in ("?language=fr", "?tag=secret"):
        assert slugs(writable_shop, query) == []
        found = author.get(f"/courses{query}").json
        assert len(found["items"]) == found["total"] == 1
    assert "secret" not in facet_counts(writable_shop, "tag")
    assert facet_counts(writable_shop, "category")["art"] == 1


def test_stored_counts_follow_changes_of_courses(writable_shop, shop):
    author = Writer(shop, "author")
    url = author.write(category="art", tags=["New"], price={"amount": "3.00"})["url"]
    publish(shop, url.removeprefix("http://localhost"))
    assert wrong_counts(shop) == []
    assert facet_counts(writable_shop, "tag")["new"] == 1
    author.patch(url, {"tags": ["Newer"], "category": "css", "level": "advanced"})
    assert (
        facet_counts(writable_shop, "tag").get("new"),
        facet_counts(writable_shop, "tag")["newer"],
    ) == (None, 1)
    author.ask("DELETE", url)
    assert "newer" not in facet_counts(writable_shop, "tag")
    assert wrong_counts(shop) == []


def wrong_counts(shop):
    with shop.reading() as request:
        return recount.faults(request.db)


def test_stored_counts_are_right_after_concurrent_edits(shop):
    add_category(shop, "code")
    author = Writer(shop, "author")
    moderator = Writer(shop, "moderator", "moderator")
    urls = [author.write(title=f"Course {n}", category="code")["url"] for n in range(6)]
    for url in urls:
        assert moderator.patch(url, {"status": "published"}).status_int == 200

    def edit(n):
        levels, tags = ("beginner", "advanced"), (["a", "b"], ["b", "c"])
        body = {"level": levels[n % 2], "tags": tags[n // 2 % 2]}
        return author.patch(urls[n % 6], body).status_int

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(edit, range(36)))
    assert statuses <= {200, 412, 503}
    assert wrong_counts(shop) == []


def test_doctor_repairs_counts_scores_and_tags(writable_shop):
    with writable_shop.writing() as request:
        request.db.execute(update(CourseCount).values(courses=7))
        request.db.execute(update(Course).values(score=1, sort_title="?"))
        flexbox = {row.slug: row.id for row in rows_of(writable_shop)}["flexbox"]
        facet.replace_tags(request.db, flexbox, ["nonsense"])
    with writable_shop.writing() as request:
        faults = recount.faults(request.db)
        assert [fault.where for fault in faults].count("/courses") > 5
        assert len([fault for fault in faults if "sort_title is" in fault.right]) == 4
        assert "found by 2 tags" in {fault.right for fault in faults}
        for fault in faults:
            fault.mend(request.db)
    assert wrong_counts(writable_shop) == []
    assert facet_counts(writable_shop, "level") == {"all": 2, "beginner": 1, "advanced": 1}


def test_category_lists_courses_of_its_subcategories_too(stocked):
    page = stocked.json("/categories/web").json
    assert {item["slug"] for item in page["items"]} == {"flexbox", "pyramid"}
    assert (page["parent"], page["count"]) == ("code", 2)
    assert [one["slug"] for one in page["trail"]] == ["code"]
    assert [(one["slug"], one["count"]) for one in page["children"]] == [("css", 1)]
    crumbs = stocked.get("/categories/css").html.select("nav.crumbs li")
    assert [one.text.strip() for one in crumbs] == ["Categories", "Code", "Web", "Css"]
    tree = stocked.get("/categories").html.find("ul", class_="tree")
    css = tree.find("a", href="http://localhost/categories/css")
    assert css.find_parent("ul").find_parent("li").a["href"].endswith("/categories/web")


@pytest.mark.one_database
def test_command_adds_and_moves_categories_but_not_into_themselves(writable_shop, tmp_path):
    url = writable_shop.engine.url.render_as_string(hide_password=False)
    ini = write_ini(tmp_path, url)

    def run(*words):
        return courseshop("category", *words)

    assert run("move", ini, "css", "art").returncode == 0
    assert writable_shop.json("/categories/art").json["count"] == 2
    refused = run("move", ini, "code", "web")
    assert (refused.returncode, "can't be inside itself" in refused.stderr) == (1, True)
    assert run("move", ini, "css").returncode == 0
    assert writable_shop.json("/categories/css").json["parent"] is None
    assert run("add", ini, "html", "HTML", "--parent", "web").returncode == 0
    assert [one["slug"] for one in writable_shop.json("/categories/web").json["children"]] == [
        "html"
    ]
    assert run("add", ini, "xml", "XML", "--parent", "nowhere").returncode == 1


def test_home_page_shows_newest_best_rated_and_popular_courses(stocked):
    page = stocked.json("/").json
    assert [item["slug"] for item in page["best_rated"]] == ["pyramid", "flexbox", "big-o"]
    assert page["newest"][0]["slug"] == "etching"
    assert page["popular"] == []
    assert [(one["slug"], one["count"]) for one in page["categories"]] == [("code", 3), ("art", 1)]
    html = stocked.get("/").html
    assert html.main.find("form", role="search")["action"] == "http://localhost/courses"
    assert html.find("h2", string="Best rated")


def add_course(shop, slug, title, summary, **facts):
    shop.add_course(slug, title=title, summary=summary, **facts)


@pytest.fixture
def library(shop):
    add_course(
        shop, "crepes", "Crêpes à la maison", "Flour, milk and patience.", instructors=["zoe"]
    )
    add_course(shop, "milk", "Milk", "All about crepes, and pancakes besides.", tags=["Dairy"])
    add_course(shop, "cows", "Cows", "They give <b>milk</b>.", about="Nothing on *pancakes*.")
    return shop


def test_search_ignores_case_and_accents_and_ranks_best_match_first(library):
    assert slugs(library, "?q=CREPES") == ["crepes", "milk"]
    assert slugs(library, "?q=milk") == ["milk", "cows", "crepes"]
    assert slugs(library, "?q=dairy") == ["milk"]
    assert slugs(library, "?q=zoe") == ["crepes"]
    assert slugs(library, "?q=milk+pancakes") == ["milk", "cows"]
    assert slugs(library, "?q=milk&sort=title") == ["cows", "crepes", "milk"]
    assert slugs_of_all_pages(library, "/courses?q=milk&limit=1") == ["milk", "cows", "crepes"]
    assert library.json("/courses?q=milk").json["sort"] == "relevance"
    assert facet_counts(library, "tag", "?q=milk") == {"dairy": 1}


def test_search_and_filters_combine(library):
    assert slugs(library, "?q=milk&tag=dairy") == ["milk"]
    assert slugs(library, "?q=milk&instructor=zoe") == ["crepes"]
    assert facet_counts(library, "level", "?q=milk&instructor=zoe") == {"all": 1}


@pytest.mark.parametrize("sort", ["relevance", "newest", "rating"])
def test_search_for_common_word_finds_every_match(library, monkeypatch, sort):
    expected = set(slugs(library, "?q=milk"))
    monkeypatch.setattr("courseshop.services.search.choice.CAP", 1)
    monkeypatch.setattr(service, "CAP", 1)
    assert set(slugs_of_all_pages(library, f"/courses?q=milk&limit=1&sort={sort}")) == expected
    assert slugs(library, "?q=milk&tag=dairy") == ["milk"]


def test_broad_search_is_still_ranked(library, monkeypatch):
    ranked = slugs(library, "?q=milk")
    monkeypatch.setattr(service, "CAP", 1)
    monkeypatch.setattr(choice.Sample, "is_broad", True)
    assert slugs(library, "?q=milk") == ranked
    page = library.json("/courses?q=milk").json
    assert (page["total"], page["total_exact"]) == (len(ranked), True)


def test_matches_are_highlighted_and_markup_is_escaped(library):
    found = {one["slug"]: one["snippet"] for one in library.json("/courses?q=milk").json["items"]}
    assert [piece["text"] for piece in found["cows"] if piece["found"]] == ["milk"]
    assert "".join(piece["text"] for piece in found["cows"]) == "They give <b>milk</b>."
    cards = library.get("/courses?q=milk").html.find(class_="cards")
    assert cards.find("b", string="milk") is None
    assert [mark.text for mark in cards.find_all("mark")] == ["milk", "milk"]
    assert library.json("/courses").json["items"][0]["snippet"] is None


def test_typo_gets_a_suggestion_and_empty_search_says_so(library):
    page = library.json("/courses?q=pancaks+mlk&level=all").json
    assert (page["items"], page["total"]) == ([], 0)
    assert page["did_you_mean"]["q"] == "pancakes milk"
    assert page["did_you_mean"]["url"].endswith("/courses?q=pancakes+milk&level=all")
    html = library.get("/courses?q=pancaks").html
    assert html.find(id="did-you-mean").text == "Search for “pancakes”"
    assert library.json("/courses?q=xyzzyx").json["did_you_mean"] is None
    assert "No course matches “xyzzyx”." in library.get("/courses?q=xyzzyx").text


def test_empty_search_has_one_primary_button_and_offers_categories_once(library):
    typo, nothing = (library.get(f"/courses?q={q}").html.main for q in ("pancaks", "xyzzyx"))
    assert [one.text for one in typo.select(".empty .button-primary")] == ["Search for “pancakes”"]
    assert [one.text for one in nothing.select(".empty .button")] == ["See all courses"]
    assert nothing.select(".tile")


@pytest.mark.parametrize("query", ["q=xyzzyx", "q=pancaks", "level=advanced&tag=nothing"])
def test_list_without_a_match_offers_categories_with_courses(shop, query):
    for slug in ("food", "craft", "music"):
        with shop.storing() as db:
            category.add(db, CategoryDraft(slug=slug, title=slug.title()))
    shop.add_course("pancakes", category="food")
    shop.add_course("knitting", category="craft")
    shop.add_course("draft", None, category="music")
    tiles = shop.get(f"/courses?{query}").html.select(".tiles .tile")
    assert [(one.b.text, one.small.text) for one in tiles] == [
        ("Food", "1 course"),
        ("Craft", "1 course"),
    ]
    assert tiles[0]["href"] == "http://localhost/categories/food"
    assert shop.get("/courses?q=pancakes").html.find(class_="tiles") is None
    assert "categories" not in shop.json(f"/courses?{query}").json


def test_categories_offered_without_a_match_need_no_query(shop):
    shop.add_course("pancakes")

    def cost():
        with shop.queries() as sent:
            shop.json("/courses?q=xyzzyx")
        return len(sent)

    before = cost()
    for n in range(10):
        shop.add_course(f"course-{n}", category=f"shelf-{n}")
    assert len(shop.get("/courses?q=xyzzyx").html.select(".tile")) == 8
    assert cost() == before


@pytest.mark.parametrize(
    "q", ['"', "*", "a OR b", "NEAR(", "-", ":", "%", "_", "&|!", "😀", "x" * 200]
)
def test_search_words_are_never_query_syntax(library, q):
    answer = library.json(f"/courses?{urlencode({'q': q})}")
    assert (answer.status_int, answer.json["items"]) == (200, [])


def test_titles_are_suggested_while_typing(library):
    found = library.json("/courses/suggestions?q=cre").json
    assert [one["title"] for one in found["items"]] == ["Crêpes à la maison"]
    assert found["items"][0]["url"] == "http://localhost/courses/crepes"
    assert library.json("/courses/suggestions").json["items"] == []
    page = library.get("/courses/suggestions?q=cow").html.main
    assert [link.text for link in page.ul.find_all("a")] == ["Cows"]
    assert library.get("/courses/suggestions?q=zzz").status_int == 200
