"""Student ratings and reviews: writing, counting, listing and searching them."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from browsing import Visitor, form_with
from helpers import Shop
from machine_readable import linked_data
from sqlalchemy import func, select, update
from writers import REVIEWS, URL, Writer, enrolled, fault_of, rating

from courseshop.domain.clock import now
from courseshop.models import Course, Review, ReviewVersion
from courseshop.services import doctor

pytestmark = pytest.mark.databases


def test_student_can_review_course_once(shop, student):
    answer = student.post(REVIEWS, {"rating": 4, "text": "*Good*, but long."})
    assert answer.status_int == 201
    made = answer.json
    assert answer.headers["Location"] == made["url"]
    assert (made["rating"], made["verified"], made["version"]) == (4, True, 1)
    assert made["text"] == {
        "markdown": "*Good*, but long.",
        "html": "<p><em>Good</em>, but long.</p>\n",
    }
    assert "status" not in made
    assert (
        shop.json(made["url"].removeprefix("http://localhost")).json["author"]["username"] == "sam"
    )
    assert (rating(shop)["average"], rating(shop)["count"]) == (4.0, 1)
    again = student.post(REVIEWS, {"rating": 5})
    assert (again.status_int, fault_of(again)) == (409, ("", "already_reviewed"))
    assert rating(shop)["count"] == 1


def test_concurrent_first_reviews_by_one_student_store_one(shop, student):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: student.post(REVIEWS, {"rating": n % 5 + 1}), range(8)))
    statuses = sorted(answer.status_int for answer in answers)
    assert statuses == [201, *[409] * 7]
    assert rating(shop)["count"] == 1


@pytest.mark.parametrize(
    ("who", "status", "code", "advice"),
    [("ann", 403, "own_course", "so you can't review it"), ("eve", 403, "not_enrolled", "Enrol in this course")],
)  # fmt: skip
def test_refused_reviewer_is_told_why_and_what_to_do(shop, teacher, who, status, code, advice):
    writer = teacher if who == "ann" else Writer(shop, "eve", "student")
    answer = writer.post(REVIEWS, {"rating": 5})
    assert (answer.status_int, fault_of(answer)) == (status, ("", code))
    assert advice in answer.json["errors"][0]["message"]
    page = writer.browser().get(URL)
    assert advice in page.html.find(class_="mine").text
    assert page.html.find(class_="mine").find("form") is None
    guest = shop.request("POST", REVIEWS, Accept="application/json")
    assert guest.status_int == 401


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "rating"), ({"rating": 0}, "rating"), ({"rating": 6}, "rating"), ({"rating": 4.5}, "rating"),
     ({"rating": "4"}, "rating"), ({"rating": None}, "rating"), ({"rating": 4, "text": "x" * 5_001}, "text"),
     ({"rating": 4, "text": "\0"}, "text"), ({"rating": 4, "stars": 5}, "stars")],
)  # fmt: skip
def test_invalid_values_are_refused_and_never_clamped(shop, student, body, field):
    answer = student.post(REVIEWS, body)
    assert answer.status_int == 422
    assert fault_of(answer)[0] == field
    assert rating(shop)["count"] == 0


def test_text_is_optional_and_scripts_are_escaped(shop, student):
    assert student.post(REVIEWS, {"rating": 5.0}).json["text"] == {"markdown": "", "html": ""}
    url = student.get(REVIEWS).json["items"][0]["url"]
    shown = student.patch(url, {"text": "<script>x</script> ![i](http://e.org/i.png)"}).json[
        "text"
    ]["html"]
    assert "<script" not in shown
    assert "<img" not in shown


def test_edit_keeps_history_and_updates_counters(shop, student):
    url = student.post(REVIEWS, {"rating": 2, "text": "Bad."}).json["url"]
    edited = student.patch(url, {"rating": 5})
    assert edited.status_int == 200
    assert (edited.json["rating"], edited.json["text"]["markdown"], edited.json["version"]) == (
        5,
        "Bad.",
        2,
    )
    assert edited.json["edited_at"] > edited.json["created_at"]
    assert rating(shop)["histogram"] == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 1}
    student.patch(url, {"text": "Good."})
    former = student.get(f"{url}/history").json["items"]
    assert [(one["rating"], one["text"]) for one in former] == [(5, "Bad."), (2, "Bad.")]
    assert student.patch(url, {"text": "Good."}).json["version"] == 3
    path = url.removeprefix("http://localhost")
    assert shop.json(f"{path}/history").status_int == 401
    assert Writer(shop, "eve").get(f"{path}/history").status_int == 403


def test_only_author_can_edit_or_delete(shop, student):
    url = student.post(REVIEWS, {"rating": 2}).json["url"]
    for role in ("student", "instructor", "moderator", "admin"):
        other = Writer(shop, f"other-{role}", role)
        assert other.patch(url, {"rating": 5}).status_int == 403
        assert other.ask("DELETE", url).status_int == 403
    assert rating(shop)["average"] == 2.0


def test_stale_edit_gets_412_but_other_reviews_make_none_stale(shop, student):
    url = student.post(REVIEWS, {"rating": 2}).json["url"]
    tag = student.get(url).headers["ETag"]
    enrolled(shop, "rita").post(REVIEWS, {"rating": 5})
    assert student.patch(url, {"rating": 3}, If_Match=tag).status_int == 200
    assert student.patch(url, {"rating": 4}, If_Match=tag).status_int == 412
    assert student.ask("DELETE", url, If_Match=tag).status_int == 412


def test_deleted_review_can_be_restored_for_an_hour(shop, student):
    made = student.post(REVIEWS, {"rating": 2, "text": "Bad."}).json
    assert student.ask("DELETE", made["url"]).status_int == 204
    assert rating(shop)["count"] == 0
    assert student.get(made["url"]).status_int == 404
    assert Writer(shop, "mona", "moderator").get(made["url"]).status_int == 404
    assert student.get(REVIEWS).json["items"] == []
    assert "Bad." not in shop.get(URL).text
    assert student.ask("POST", f"{REVIEWS}/undo").status_int == 204
    assert (rating(shop)["count"], student.get(made["url"]).json["text"]) == (1, made["text"])
    student.ask("DELETE", made["url"])
    with shop.writing() as request:
        gone = now() - timedelta(hours=1, minutes=1)
        request.db.execute(update(Review).values(deleted_at=gone))
    late = student.ask("POST", f"{REVIEWS}/undo")
    assert (late.status_int, fault_of(late)[1]) == (409, "nothing_deleted")


def test_student_can_write_new_review_after_deleting_one(shop, student):
    url = student.post(REVIEWS, {"rating": 2}).json["url"]
    student.ask("DELETE", url)
    again = student.post(REVIEWS, {"rating": 4})
    assert again.status_int == 201
    assert rating(shop)["average"] == 4.0
    assert student.ask("POST", f"{REVIEWS}/undo").status_int == 409


def test_leaving_the_course_keeps_the_review(shop, student):
    student.post(REVIEWS, {"rating": 3})
    student.ask("DELETE", f"{URL}/enrolment")
    assert rating(shop)["count"] == 1


def test_pending_review_is_not_counted_and_author_sees_its_status(shop, student):
    url = student.post(REVIEWS, {"rating": 1, "text": "Held."}).json["url"]
    with shop.writing() as request:
        row = request.db.execute(select(Review)).scalar_one()
        row.status = "pending"
        ((course, counters),) = doctor.wrong_counters(request.db)
        doctor.mend(request.db, course.id, counters)
    assert rating(shop) == {"average": None, "count": 0, "histogram": dict.fromkeys("12345", 0)}
    assert student.get(url).json["status"] == "pending"
    page = student.browser().get(URL)
    assert "In review" in page.text
    assert "Be the first" not in page.text
    assert "Held." not in shop.get(URL).text
    assert student.patch(url, {"rating": 2}).status_int == 200
    student.ask("DELETE", url)
    student.ask("POST", f"{REVIEWS}/undo")
    assert rating(shop)["count"] == 0


def review_all(shop):
    """Add reviews with 1 to 5 stars to the course, and some votes."""
    for stars in (3, 5, 1, 5, 4):
        name = f"student-{random.randrange(10**9)}"
        enrolled(shop, name).post(
            REVIEWS, {"rating": stars, "text": f"I give {stars} to the loaf."}
        )
    with shop.writing() as request:
        for row in request.db.scalars(select(Review)):
            row.helpful_count = {3: 7, 5: row.id % 2, 1: 9, 4: 0}[row.rating]


@pytest.mark.parametrize(
    ("query", "stars"),
    [("sort=highest", [5, 5, 4, 3, 1]), ("sort=lowest", [1, 3, 4, 5, 5]), ("stars=5", [5, 5]),
     ("q=give+3", [3]), ("q=GIVE&stars=4", [4]), ("q=nothing", []), ("", [4, 5, 1, 5, 3])],
)  # fmt: skip
def test_reviews_are_sorted_filtered_and_searched(shop, teacher, query, stars):
    review_all(shop)
    found = shop.json(f"{REVIEWS}?{query}").json
    assert [item["rating"] for item in found["items"]] == stars
    assert found["total"] == len(stars)
    walked, url = [], f"{REVIEWS}?limit=2&{query}"
    while url:
        page = shop.json(url.removeprefix("http://localhost")).json
        walked += [item["rating"] for item in page["items"]]
        url = page["links"]["next"]
    assert walked == stars


def query_of(link):
    return link["href"].removeprefix(f"http://localhost{REVIEWS}")


def test_active_filters_of_reviews_are_chips_that_remove_them(shop, teacher):
    review_all(shop)
    page = shop.get(f"{REVIEWS}?stars=5&sort=lowest&q=loaf").html
    chips = {one.text.strip(): query_of(one) for one in page.select(".chips .chip")}
    assert chips == {
        "5 stars": "?sort=lowest&q=loaf",
        "“loaf”": "?stars=5&sort=lowest",
        "Clear all": "",
    }
    labels = [one["aria-label"] for one in page.select(".chips .chip-set")]
    assert labels == ["Remove filter: 5 stars", "Remove filter: “loaf”"]
    assert page.select_one("[data-said]").text == "2 reviews"
    assert shop.get(f"{REVIEWS}?sort=lowest").html.find(class_="chip-set") is None


def test_bars_of_the_histogram_set_and_remove_the_filter(shop, teacher):
    review_all(shop)
    plain = shop.get(f"{REVIEWS}?sort=lowest&q=loaf&after=").html
    assert query_of(plain.find(id="stars-4")) == "?sort=lowest&q=loaf&stars=4"
    assert plain.select(".histogram [aria-current]") == []
    filtered = shop.get(f"{REVIEWS}?stars=4").html
    (active,) = filtered.select(".histogram [aria-current]")
    assert (active["id"], query_of(active)) == ("stars-4", "")
    assert query_of(filtered.find(id="stars-5")) == "?stars=5"
    on_course = shop.get(URL).html.find(id="stars-4")
    assert query_of(on_course) == "?stars=4"


@pytest.mark.parametrize("query", ["stars=2", "q=nothing", "stars=5&q=nothing", "q=!%3F"])
def test_filter_without_reviews_says_so_and_leads_to_all(shop, teacher, query):
    review_all(shop)
    empty = shop.get(f"{REVIEWS}?{query}").html.find(class_="empty")
    assert "No reviews match." in empty.text
    assert (empty.a.text, query_of(empty.a)) == ("Show all reviews", "")


@pytest.mark.parametrize(
    "text",
    ["cafe", "CAFÉ", "mueller", "Muller's", "e-mail", "emails", "womens", "women\u02bcs", "c++",
     "buerosoft", "cafe\u0301 e\u2011mails", "knot", "two"],
)  # fmt: skip
def test_spellings_find_a_review(shop, teacher, text):
    said = "The **Café** of Müller's büro-software: e-mails on women\u2019s C++20.\n\nKnots two."
    enrolled(shop, "sam").post(REVIEWS, {"rating": 4, "text": said})
    enrolled(shop, "tom").post(REVIEWS, {"rating": 1, "text": "Nothing."})
    found = shop.json(f"{REVIEWS}?q={quote(text)}").json
    assert [item["rating"] for item in found["items"]] == [4]
    assert found["total"] == 1


def test_a_search_of_reviews_without_a_word_finds_nothing(shop, teacher):
    enrolled(shop, "sam").post(REVIEWS, {"rating": 4, "text": "Good."})
    assert shop.json(f"{REVIEWS}?q=!%3F").json["total"] == 0


def test_an_edited_review_is_found_by_its_new_words(shop, teacher):
    sam = enrolled(shop, "sam")
    url = sam.post(REVIEWS, {"rating": 4, "text": "Good."}).json["url"]
    sam.patch(url, {"text": "Better."})
    assert shop.json(f"{REVIEWS}?q=good").json["total"] == 0
    assert shop.json(f"{REVIEWS}?q=better").json["total"] == 1


def test_most_helpful_reviews_come_first(shop, teacher):
    review_all(shop)
    counts = [one["helpful_count"] for one in shop.json(f"{REVIEWS}?sort=helpful").json["items"]]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 9


@pytest.mark.parametrize("query", ["sort=best", "stars=0", "stars=6", "stars=05", "color=red"])
def test_invalid_parameter_gets_400_naming_it(shop, teacher, query):
    answer = shop.json(f"{REVIEWS}?{query}")
    assert answer.status_int == 400
    assert query.partition("=")[0] in answer.json["detail"]


def test_listing_needs_constant_number_of_queries(shop, teacher):
    def cost(url):
        with shop.queries() as sent:
            assert shop.get(url).status_int == 200
        return len(sent)

    enrolled(shop, "first").post(REVIEWS, {"rating": 5})
    before = [cost(URL), cost(REVIEWS)]
    review_all(shop)
    assert [cost(URL), cost(REVIEWS)] == before


CLIENTS, ROUNDS = 32, 4


def test_counters_are_right_after_concurrent_writes(shop, teacher):
    students = [enrolled(shop, f"student-{number}") for number in range(CLIENTS)]

    def act(number):
        chance, who, statuses = random.Random(number), students[number], set()
        url = None
        for _ in range(ROUNDS):
            stars = chance.randint(1, 5)
            if url is None:
                answer = who.post(REVIEWS, {"rating": stars})
                url = answer.json.get("url")
            elif chance.random() < 0.6:
                answer = who.patch(url, {"rating": stars})
            else:
                answer = who.ask("DELETE", url)
                url = None if answer.status_int == 204 else url
            statuses.add(answer.status_int)
        return statuses

    with ThreadPoolExecutor(CLIENTS) as pool:
        statuses = set().union(*pool.map(act, range(CLIENTS)))
    assert statuses <= {200, 201, 204, 503}
    with shop.reading() as request:
        assert doctor.wrong_counters(request.db) == []
        live = (Review.status == "published", Review.deleted_at.is_(None))
        counted = request.db.execute(select(Course.rating_count, Course.rating_sum)).one()
        real = request.db.execute(
            select(func.count(), func.coalesce(func.sum(Review.rating), 0)).where(*live)
        ).one()
        assert tuple(counted) == (real[0], int(real[1]))


def test_linked_data_has_rating_only_with_reviews(shop, student):
    def data():
        return linked_data(shop.get(URL), "Course")

    assert data()["@type"] == "Course"
    assert data()["offers"]["price"] == "0.00"
    assert "aggregateRating" not in data()
    assert "review" not in data()
    student.post(REVIEWS, {"rating": 4, "text": "</script><b>x"})
    found = data()
    assert (
        found["aggregateRating"]["ratingValue"] == shop.json(URL).json["rating"]["average"] == 4.0
    )
    assert found["review"][0]["reviewBody"] == "</script><b>x"
    assert "</script><b>" not in shop.get(URL).text


@pytest.mark.one_database
def test_browser_can_write_edit_delete_and_restore_review(shop, student):
    browser = student.browser()
    form = form_with(browser.get(URL), "Post review")
    form["text"] = "Good."
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 422
    assert "This field is required." in refused.html.find(id="about-rating").text
    assert refused.html.find(role="alert").find("a").text == "Your rating"
    again = form_with(refused, "Post review")
    assert again["text"].value.strip() == "Good."
    again["rating"] = "4"
    done = again.submit()
    assert done.location.startswith(f"http://localhost{URL}#review-")
    shown = done.follow()
    assert "Thank you for your review." in shown.html.find(role="status").text
    assert "Post review" not in shown.text
    edit = browser.get(shown.html.select_one(".review-actions a")["href"])
    form = form_with(edit, "Save")
    assert form["rating"].value == "4"
    form["rating"] = "2"
    assert "Edited on" in form.submit().follow().text
    asked = browser.get(browser.get(URL).html.select(".review-actions a")[1]["href"])
    gone = browser.submit(asked, "Delete").follow()
    assert "undo this for one hour" in gone.html.find(role="status").text
    back = browser.submit(gone, "Undo").follow()
    assert "2 stars" in back.text or "2.0" in back.text
    assert rating(shop)["average"] == 2.0


def test_stale_form_shows_stored_text(shop, student):
    url = student.post(REVIEWS, {"rating": 2, "text": "First."}).json["url"]
    form = form_with(student.browser().get(f"{url}/edit"), "Save")
    form["text"] = "Mine."
    student.patch(url, {"text": "By program."})
    stale = form.submit(expect_errors=True)
    assert stale.status_int == 412
    assert stale.html.find(class_="stored").text == "By program."
    assert form_with(stale, "Save")["text"].value.strip() == "Mine."
    assert form_with(stale, "Save").submit().status_int == 303


def test_guest_sees_login_link(shop, teacher):
    page = Visitor(shop).get(URL)
    link = page.html.find(class_="mine").find("a")
    assert link.text == "Log in"
    assert "next=" in link["href"]


@pytest.mark.one_database
def test_page_does_not_suggest_enrolling_in_paid_course(shop, teacher):
    eve = Writer(shop, "eve", "student").browser()
    form = form_with(eve.get(URL), "Enrol for free")
    teacher.patch(URL, {"price": {"amount": "9.00", "currency": "USD"}})
    sentence = "Only students of this course can review it."
    for visitor in (eve, Visitor(shop)):
        block = visitor.get(URL).html.find(id="review-block")
        assert (block.text.count(sentence), "nrol" in block.text) == (1, False)
    sent = {"csrf_token": form["csrf_token"].value, "rating": "4"}
    refused = eve.app.post(REVIEWS, sent, expect_errors=True)
    assert refused.status_int == 403
    assert refused.html.find(id="review-block").text.count(sentence) == 1


@pytest.mark.one_database
def test_form_for_second_review_gets_409_and_becomes_edit_form(shop, student):
    browser = student.browser()
    form = form_with(browser.get(URL), "Post review")
    student.post(REVIEWS, {"rating": 2, "text": "In another tab."})
    form["rating"], form["text"] = "4", "In this tab."
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 409
    assert "You've already reviewed this course." in refused.html.find(role="alert").text
    edit = form_with(refused, "Save")
    assert (edit["rating"].value, edit["text"].value.strip()) == ("4", "In this tab.")
    assert "In this tab." in edit.submit().follow()
    assert (rating(shop)["average"], rating(shop)["count"]) == (4.0, 1)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("who", "rest", "title"),
    [
        ("sam", "edit", "Edit"),
        ("sam", "delete", "Delete"),
        ("sam", "history", "Edit history"),
        ("ann", "helpful", "Helpful"),
        ("ann", "reply", "Reply"),
        ("ann", "reply/delete", "Delete reply"),
        ("ann", "reports", "Report"),
    ],
)
def test_breadcrumbs_name_the_page_below_its_review(student, teacher, who, rest, title):
    url = student.post(REVIEWS, {"rating": 4}).json["url"]
    page = (student if who == "sam" else teacher).browser().get(f"{url}/{rest}").html
    *above, here = page.select("nav.crumbs li")
    assert (here.text.strip(), here["aria-current"]) == (title, "page")
    assert above[-1].a["href"] == url
    assert [one.a.text for one in above] == ["Courses", "Backend With Python", "Review"]


def test_second_undo_gets_409_with_message(student):
    browser = student.browser()
    student.ask("DELETE", student.post(REVIEWS, {"rating": 2}).json["url"])
    form = form_with(browser.get(URL), "Undo")
    assert form.submit().status_int == 303
    refused = form.submit(expect_errors=True)
    assert refused.status_int == 409
    assert "no deleted review to restore" in refused.html.find(role="alert").text
    assert "Edit your review" in refused


@pytest.mark.slow
def test_doctor_finds_and_mends_wrong_counters(tmp_path):
    from helpers import write_ini
    from test_operator import courseshop

    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    courseshop("init", ini, "--demo")
    healthy = courseshop("doctor", ini)
    assert (healthy.returncode, healthy.stdout) == (0, "No problems found.\n")
    shop = Shop.open(ini)
    with shop.writing() as request:
        wrong = {"rating_sum": Course.rating_sum + 1, "enrolled_count": 7}
        where = Course.slug == "speak-up-public-speaking"
        request.db.execute(update(Course).where(where).values(wrong))
    before = shop.json("/courses/speak-up-public-speaking").headers["ETag"]
    broken = courseshop("doctor", ini)
    assert broken.returncode == 1
    assert (
        "/courses/speak-up-public-speaking: wrong; enrolled_count is 74, rating_count is "
        in broken.stdout
    )
    assert courseshop("doctor", ini, "--mend").returncode == 0
    assert courseshop("doctor", ini).stdout == "No problems found.\n"
    assert shop.json("/courses/speak-up-public-speaking").headers["ETag"] != before
    shop.close()


def test_reviews_deleted_over_an_hour_ago_are_purged(shop, student):
    rita = enrolled(shop, "rita")
    student.ask("DELETE", student.post(REVIEWS, {"rating": 2}).json["url"])
    with shop.writing() as request:
        gone = now() - timedelta(hours=1, minutes=1)
        request.db.execute(update(Review).values(deleted_at=gone))
    rita.ask("DELETE", rita.post(REVIEWS, {"rating": 2}).json["url"])
    with shop.reading() as request:
        assert list(request.db.scalars(select(Review.author_id))) == [rita.id]


def test_history_is_deleted_with_review(shop, student):
    url = student.post(REVIEWS, {"rating": 2}).json["url"]
    student.patch(url, {"rating": 3})
    student.ask("DELETE", url)
    student.post(REVIEWS, {"rating": 4})
    with shop.reading() as request:
        assert request.db.scalar(select(func.count()).select_from(ReviewVersion)) == 0
