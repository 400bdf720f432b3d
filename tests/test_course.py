"""The course page of the seed, and its JSON."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import Visitor
from pydantic import TypeAdapter

from courseshop.domain.actor import Actor
from courseshop.schemas.course_page import CourseOut

SEED = "/courses/backend-with-python"
RATED = "/courses/speak-up-public-speaking"
KEYS = [
    "slug", "url", "title", "subtitle", "summary", "about", "category", "instructors", "level", "language",
    "duration_minutes", "price", "rating", "enrolled_count", "status", "published_at", "updated_at",
    "version", "wished", "links", "after_login", "tags", "outcomes", "requirements", "audience", "outline", "instructor_facts",
]  # fmt: skip


def text_of(html):
    return re.sub(r"\s+", " ", html.get_text(" ")).strip()


def test_json_has_exactly_the_documented_fields(demo):
    course = demo.json(SEED).json
    assert sorted(course) == sorted(KEYS)
    assert course["slug"] == "backend-with-python"
    assert course["url"] == f"http://localhost{SEED}"
    assert course["category"] == {
        "slug": "upgrade-yourself",
        "title": "Upgrade Yourself",
        "url": "http://localhost/categories/upgrade-yourself",
    }
    assert course["instructors"] == [
        {
            "username": "jonas-lindqvist",
            "name": "Jonas Lindqvist",
            "url": "http://localhost/people/jonas-lindqvist",
        }
    ]
    assert course["price"] == {"amount": "0.00", "currency": "USD"}
    assert course["rating"] == {
        "average": None,
        "count": 0,
        "histogram": {"1": 0, "2": 0, "3": 0, "4": 0, "5": 0},
    }
    assert (course["enrolled_count"], course["status"], course["version"]) == (0, "published", 1)
    assert course["published_at"] == course["updated_at"] == "2026-01-12T09:00:00Z"
    assert course["wished"] is None
    assert course["links"] == {
        "self": f"http://localhost{SEED}",
        "reviews": f"http://localhost{SEED}/reviews",
        "share": f"http://localhost{SEED}/share",
        "enrolment": f"http://localhost{SEED}/enrolment",
    }
    assert list(course["after_login"]) == ["wish", "enrol"]


@pytest.mark.parametrize("url", [SEED, RATED])
def test_json_matches_the_schema(demo, url):
    TypeAdapter(CourseOut).validate_json(demo.json(url).body)


def test_every_link_can_be_followed(demo):
    course = demo.json(SEED).json
    for url in [*course["links"].values(), *course["after_login"].values()]:
        assert demo.json(urlsplit(url)._replace(scheme="", netloc="").geturl()).status_int == 200


def test_page_has_every_block_of_the_seed(demo):
    page = demo.get(SEED).html
    assert page.h1.text == "Backend With Python"
    assert (
        page.find("a", href="http://localhost/categories/upgrade-yourself").text
        == "Upgrade Yourself"
    )
    assert page.find(id="wish-button-backend-with-python").text.strip() == "Wishlist"
    assert page.find(attrs={"popovertarget": "share-dialog"}).get_text() == "Share"
    assert page.find("h2", string="Share Course")
    assert page.find("input", readonly=True)["value"] == f"http://localhost{SEED}"
    assert page.find("label", attrs={"for": "share-link"}).text == "Page Link"
    assert page.find("h3", string=re.compile("Share On Social Media"))
    assert page.find("h2", string="About Course")
    assert "Show More" in page.find(class_="more").text
    assert page.find("h2", string="Student Ratings & Reviews")
    assert page.find(string="No Review Yet")
    text = text_of(page.find("aside"))
    for fact in ("Free", "Level Beginner", "Duration 10 h 30 min", "Language English",
                 "Last updated January 12, 2026"):  # fmt: skip
        assert fact in text
    assert page.find("a", href="http://localhost/people/jonas-lindqvist").text == "Jonas Lindqvist"


def test_number_of_students_is_shown_unless_there_are_none(demo):
    assert "tudents" not in text_of(demo.get(SEED).html.find("aside"))
    number = demo.json(RATED).json["enrolled_count"]
    assert f"Students {number}" in text_of(demo.get(RATED).html.find("aside"))


def test_seed_text_is_rendered_as_headings_lists_and_paragraphs(demo):
    about = demo.get(SEED).html.find(class_="text")
    headings = [heading.text for heading in about.find_all(re.compile("h[1-6]"))]
    assert headings == [
        "1. What is Python Backend Development?",
        "2. Key Components and Technologies:",
        "3. Common Use Cases:",
        "4. Advantages of Python for Backend:",
        "5. Responsibilities of a Python Backend Developer:",
    ]
    assert about.p.text.startswith("Python serves as a robust and popular choice")
    frameworks = about.find("li", string=None)
    assert "Python offers powerful web frameworks" in frameworks.find("p").text
    nested = [item.text.partition(":")[0].strip() for item in frameworks.ul.find_all("li")]
    assert nested == ["Django", "Flask", "FastAPI", "Pyramid"]
    assert len(about.find_all("li")) == 26
    assert text_of(about).endswith("Potentially deploying and scaling applications.")


def test_show_more_needs_no_script_and_full_text_is_in_the_html(demo):
    page = demo.get(SEED).html
    about = page.find(class_="about")
    assert about.find("details", class_="more").find_next_sibling(class_="text")


def test_a_short_text_has_no_show_more(shop):
    shop.add_course("short", about="Three words here.")
    assert shop.get("/courses/short").html.find(class_="more") is None


def test_reviews_show_average_stars_histogram_and_link_to_more(demo):
    reviews = demo.get(RATED).html.find(class_="reviews")
    assert reviews.find(class_="average").text == "4.4"
    assert reviews.find(class_="stars").svg["width"] == "90.0"
    assert reviews.find(class_="stars")["aria-label"] == "4.4 out of 5 stars"
    assert "60 ratings" in text_of(reviews)
    bar = reviews.find(id="stars-5")
    assert (bar.rect["width"], bar.find(class_="n").next) == ("61.7%", "37")
    assert len(reviews.find_all("article")) == 10
    more = reviews.find("a", string="More reviews")["href"]
    assert len(demo.get(more.removeprefix("http://localhost")).html.find_all("article")) == 20
    assert "No Review Yet" not in reviews.text


def test_wishlist_button_sends_guest_to_login_with_link_back(demo):
    visitor = Visitor(demo)
    page = visitor.submit(visitor.get(SEED), "Wishlist").follow().html
    assert page.h1.text == "Log in"
    assert page.find("a", string="Go back without logging in")["href"].startswith(
        f"http://localhost{SEED}"
    )


@pytest.mark.parametrize("url", ["/account", "/wishlists", "/courses/new", f"{SEED}/edit"])
def test_login_page_has_no_link_back_to_a_private_page(demo, url):
    page = Visitor(demo).get(url).follow().html
    assert "After you log in, we'll take you to the page you asked for." in page.main.text
    assert page.find("a", string="Go back without logging in") is None
    link = Visitor(demo).get(SEED).html.find(class_="mine").a
    assert "We'll take you back afterwards." in Visitor(demo).get(link["href"]).text


@pytest.mark.parametrize(
    "url", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
)
def test_login_never_uses_a_next_url_outside_the_shop(demo, url):
    assert demo.json(f"/account/login?next={url}").status_int == 400
    page = demo.get(f"/account/login?next={url}")
    assert (page.status_int, "evil" in page.text, "alert" in page.text) == (200, False, False)


def test_share_has_links_as_html_and_json(demo):
    share = demo.json(f"{SEED}/share").json
    assert share["link"] == f"http://localhost{SEED}"
    assert share["title"] == "Backend With Python"
    names = [target["name"] for target in share["targets"]]
    assert names == [
        "facebook",
        "x",
        "linkedin",
        "whatsapp",
        "telegram",
        "bluesky",
        "reddit",
        "email",
    ]
    page = demo.get(f"{SEED}/share").html
    for target in share["targets"]:
        link = page.find("a", href=target["url"])
        assert link.text == target["label"]
        assert link["rel"] == ["nofollow", "noopener", "noreferrer"]
    tweet = parse_qs(urlsplit(share["targets"][1]["url"]).query)
    assert tweet == {"url": [f"http://localhost{SEED}"], "text": ["Backend With Python"]}
    assert demo.get(share["qr"].removeprefix("http://localhost")).content_type == "image/svg+xml"


def test_shared_text_is_encoded_once_without_plus_signs(shop):
    shop.add_course("c", title="C++ & <b>Qt</b>: 100% “fun”", summary="a <i>b</i>")
    share = shop.json("/courses/c/share").json
    for target in share["targets"]:
        query = urlsplit(target["url"]).query
        assert "+" not in query
        assert any(
            "C++ & <b>Qt</b>: 100% “fun”" in value
            for values in parse_qs(query).values()
            for value in values
        ) or (target["name"] in {"facebook", "linkedin"})


def test_user_content_is_escaped_on_every_page(shop):
    nasty = "<script>alert(1)</script>"
    shop.add_course(
        "x", title=nasty, summary=nasty, about=f"{nasty}\n\n[a](javascript:alert(1)) ![i](x.png)"
    )
    course_id = shop.add_course("y")
    shop.add_review(course_id, shop.add_person("bob"), 4, nasty)
    for url in (
        "/courses/x",
        "/courses/y",
        "/courses",
        "/courses/y/reviews",
        "/categories/things",
        "/courses/x/share",
    ):
        page = shop.get(url)
        scripts = page.html.find_all("script", src=False)
        assert {one["type"] for one in scripts} <= {"application/ld+json"}
        assert page.html.find(href=re.compile("javascript:")) is None
        assert page.html.find("img", src="x.png") is None


def test_price_is_formatted_with_currency_symbol(shop):
    shop.add_course("paid", price="19.9")
    shop.add_course("round", price="120")
    assert shop.json("/courses/paid").json["price"] == {"amount": "19.90", "currency": "USD"}
    assert shop.get("/courses/paid").html.find(class_="price").text == "$19.90"
    assert shop.get("/courses/round").html.find(class_="price").text == "$120.00"


def test_draft_is_404_for_guests_and_on_no_list(shop):
    course_id = shop.add_course("draft", published=None)
    for url in (
        "/courses/draft",
        "/courses/draft/share",
        "/courses/draft/reviews",
        "/courses/draft/qr.svg",
    ):
        assert shop.json(url).json == {**shop.json("/courses/nothing").json, "instance": url}
        assert shop.get(url).status_int == 404
    assert shop.json("/courses").json["items"] == []
    assert "draft" not in shop.get("/people/ann").text.lower().replace("not a draft", "")
    teacher = Actor(id=1, teaches=frozenset({course_id}))
    draft = shop.json("/courses/draft", teacher).json
    assert (draft["status"], draft["published_at"]) == ("draft", None)


def test_etag_gives_304_as_html_and_json(demo):
    for accept in ("text/html", "application/json"):
        for url in (
            SEED,
            f"{SEED}/reviews",
            "/courses",
            "/categories/design",
            "/",
            f"{SEED}/share",
        ):
            first = demo.get(url, Accept=accept)
            again = demo.get(url, Accept=accept, If_None_Match=first.headers["ETag"])
            assert (again.status_int, again.body) == (304, b"")
            assert again.headers["ETag"] == first.headers["ETag"]
            assert "Accept" in again.vary


def test_html_and_json_have_different_etags_that_start_with_version(demo):
    page, data = demo.get(SEED).headers["ETag"], demo.json(SEED).headers["ETag"]
    assert page != data
    assert page.startswith('"1.')
    assert data.startswith('"1.')


def test_304_of_a_course_takes_three_queries(shop):
    shop.add_course("python")
    tag = shop.get("/courses/python").headers["ETag"]
    with shop.queries() as sent:
        assert shop.get("/courses/python", If_None_Match=tag).status_int == 304
    # One query for the course, one for its instructors, and one for the related courses.
    assert len(sent) == 3


def test_review_changes_the_etag_but_not_version_or_updated_at(shop):
    course_id = shop.add_course("python")
    before = shop.json("/courses/python")
    shop.add_review(course_id, shop.add_person("bob"), 5)
    after = shop.json("/courses/python", If_None_Match=before.headers["ETag"])
    assert after.status_int == 200
    assert after.json["rating"]["average"] == 5.0
    assert after.json["version"] == before.json["version"]
    assert after.json["updated_at"] == before.json["updated_at"]


def test_a_review_has_its_own_page(demo):
    item = demo.json(f"{RATED}/reviews?limit=1").json["items"][0]
    path = item["url"].removeprefix("http://localhost")
    assert demo.json(path).json == item
    assert demo.get(path).html.find("article")
    assert sorted(item) == sorted(
        ["id", "url", "author", "rating", "text", "verified", "helpful_count", "reply", "created_at",
         "edited_at", "version", "links"]
    )  # fmt: skip
    assert (
        demo.json(path.replace("speak-up-public-speaking", "backend-with-python")).status_int == 404
    )


def test_person_page_shows_courses_but_no_email_address(demo):
    person = demo.json("/people/jonas-lindqvist").json
    assert "backend-with-python" in [course["slug"] for course in person["courses"]]
    assert not re.search("e?mail", demo.json("/people/jonas-lindqvist").text)
