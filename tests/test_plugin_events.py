"""Events that a plugin hears: each change publishes what changed, and jobs for events are kept."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import timedelta

import factories
import listening
import pytest
from pyramid.exceptions import ConfigurationError
from sqlalchemy import select, update
from writers import SLUG, URL, Writer, enrolled, write_course

from courseshop import configure
from courseshop.database.stale import StaleEdit
from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.actor import OPERATOR, Actor
from courseshop.domain.clock import now
from courseshop.jobs.worker import run_due
from courseshop.models import Course, Job
from courseshop.plugin import (
    AccountRenamed,
    CategoryChanged,
    CategoryCreated,
    CourseCreated,
    CourseEdited,
    CoursePublished,
    EmailConfirmed,
    Enrolled,
    InstructorsChanged,
    Left,
    LoggedIn,
    Registered,
    Replied,
    ReviewChanged,
    ReviewModerated,
    ReviewReported,
    ReviewWritten,
    RoleChanged,
    StatusChanged,
    Unwished,
    Voted,
    VoteWithdrawn,
    Wished,
)
from courseshop.services import category, course, instructor, job, session, user

pytestmark = pytest.mark.databases


@pytest.fixture(scope="module")
def listening_shop(shop_with):
    return shop_with("listening")


@pytest.fixture
def shop(listening_shop):
    listening_shop.clear()
    for heard in (listening.HEARD, listening.COMMITTED, listening.WORKED, listening.FAULTS):
        heard.clear()
    return listening_shop


@contextmanager
def hearing():
    """Yield a list, which gets the events that the plugin hears in this block."""
    listening.HEARD.clear()
    found = []
    yield found
    found += listening.HEARD


def id_of(shop, username):
    with shop.reading() as request:
        return user.find(request.db, username).id


def course_id(shop, slug=SLUG):
    with shop.reading() as request:
        return request.db.scalar(select(Course.id).where(Course.slug == slug))


def names(heard):
    return [type(one).__name__ for one in heard]


def test_accounts_publish_events(shop):
    with hearing() as heard, shop.writing() as request:
        user_id, _secret = factories.register(request.db, "nora", request.settings, "192.0.2.1")
    assert heard == [Registered(user_id), LoggedIn(user_id)]
    nora = Actor(id=user_id)
    with hearing() as heard, shop.storing() as db:
        for _ in range(2):
            user.confirm_email(db, nora, user_id, "nora@example.com")
            user.set_role(db, OPERATOR, user.find(db, "nora"), "instructor")
        user.rename(db, user_id, "Nora N.")
    assert heard == [
        EmailConfirmed(user_id),
        RoleChanged(user_id, "student", "instructor"),
        AccountRenamed(user_id),
    ]


def test_a_login_publishes_an_event(shop):
    writer = Writer(shop, "ann")
    with hearing() as heard, shop.writing() as request:
        session.start(request.db, Actor(id=writer.id), writer.id, "?", request.settings)
    assert heard == [LoggedIn(writer.id)]


def test_a_new_course_publishes_its_status_and_its_first_instructor(shop):
    ann = Writer(shop, "ann")
    with hearing() as heard:
        ann.write()
    this = course_id(shop)
    assert heard == [CourseCreated(this, "draft"), InstructorsChanged(this, added=(ann.id,))]


def test_an_edit_names_its_fields_and_equal_content_is_no_event(shop):
    ann = write_course(shop, published=False)
    this, sent = course_id(shop), {"title": "Python", "about": {"markdown": "Fun"}, "level": "all"}
    with hearing() as heard:
        for _ in range(2):
            assert ann.patch(URL, sent).status_int == 200
    assert heard == [CourseEdited(this, ("about", "title"))]


def test_a_status_change_publishes_old_and_new(shop):
    write_course(shop, published=False)
    with hearing() as heard, shop.storing() as db:
        factories.publish(db, SLUG)
    this = course_id(shop)
    assert heard == [
        CourseEdited(this, ("published_at", "status")),
        StatusChanged(this, "draft", "published"),
        CoursePublished(this),
    ]


def test_instructors_are_added_and_removed(shop):
    ann = write_course(shop, published=True)
    bob, this = Writer(shop, "bob"), course_id(shop)
    with hearing() as heard, shop.storing() as db:
        for _ in range(2):
            instructor.set_all(db, this, [bob.id])
        instructor.join(db, this, ann.id)
        instructor.leave(db, this, bob.id)
    assert heard == [
        InstructorsChanged(this, added=(bob.id,), removed=(ann.id,)),
        InstructorsChanged(this, added=(ann.id,)),
        InstructorsChanged(this, removed=(bob.id,)),
    ]


def test_enrolling_and_leaving_are_events_once(shop):
    write_course(shop, published=True)
    sam, this = Writer(shop, "sam", "student"), course_id(shop)
    with hearing() as heard:
        for method in ("PUT", "PUT", "DELETE", "DELETE"):
            sam.ask(method, f"{URL}/enrolment", {} if method == "PUT" else None)
    assert heard == [Enrolled(this, sam.id), Left(this, sam.id)]


def test_wishes_are_events_once(shop):
    write_course(shop, published=True)
    sam, this, wish = Writer(shop, "sam", "student"), course_id(shop), f"/wishlists/default/{SLUG}"
    with hearing() as heard:
        sam.ask("PUT", wish, {})
        sam.ask("PUT", wish, {"note": "soon"})
        key = sam.get("/wishlists").json["items"][0]["key"]
        made = sam.post("/wishlists", {"name": "Later", "copy_of": key})
        assert sam.ask("DELETE", made.location).status_int == 204
        for _ in range(2):
            sam.ask("DELETE", wish)
    assert names(heard) == ["Wished", "Wished", "Unwished", "Unwished"]
    first, copied = heard[0].wishlist_id, heard[1].wishlist_id
    assert first != copied
    assert heard == [
        Wished(this, sam.id, first),
        Wished(this, sam.id, copied),
        Unwished(this, sam.id, copied),
        Unwished(this, sam.id, first),
    ]


def test_everything_about_a_review_is_an_event(shop):
    ann = write_course(shop, published=True)
    sam, bob, mira = enrolled(shop), Writer(shop, "bob"), Writer(shop, "mira", "moderator")
    this = course_id(shop)
    with hearing() as heard:
        review = sam.post(f"{URL}/reviews", {"rating": 4, "text": "Good."}).json
        url = review["url"].removeprefix("http://localhost")
        for _ in range(2):
            sam.patch(url, {"rating": 5})
            bob.ask("PUT", f"{url}/helpful", {})
            ann.ask("PUT", f"{url}/reply", {"text": "Thanks!"})
        ann.ask("PUT", f"{url}/reply", {"text": "Thank you!"})
        ann.ask("DELETE", f"{url}/reply")
        for _ in range(2):
            bob.ask("DELETE", f"{url}/helpful")
            bob.post(f"{url}/reports", {"reason": "spam"})
        mira.post(f"{url}/moderate", {"decision": "dismiss"})
        mira.post(f"{url}/moderate", {"decision": "hide", "reason": "rude"})
        mira.post(f"{url}/moderate", {"decision": "approve"})
        sam.ask("DELETE", url)
    both = (review["id"], this)
    assert heard == [
        ReviewWritten(*both, 4, sam.id),
        ReviewChanged(*both, "edited"),
        Voted(*both, bob.id),
        ReviewChanged(*both, "replied"),
        Replied(*both, ann.id),
        ReviewChanged(*both, "reply_edited"),
        ReviewChanged(*both, "reply_removed"),
        VoteWithdrawn(*both, bob.id),
        ReviewReported(*both, "spam", bob.id),
        ReviewModerated(*both, "dismiss", mira.id),
        ReviewChanged(*both, "hidden"),
        ReviewModerated(*both, "hide", mira.id),
        ReviewChanged(*both, "approved"),
        ReviewModerated(*both, "approve", mira.id),
        ReviewChanged(*both, "deleted"),
    ]


def test_categories_publish_what_changed(shop):
    with hearing() as heard, shop.storing() as db:
        for slug in ("things", "tools"):
            factories.shelve(db, slug)
        for _ in range(2):
            tools = category.find(db, "tools")
            category.rename(db, tools, "Hand tools")
            category.move(db, tools, category.find(db, "things"))
        ids = [category.find(db, slug).id for slug in ("things", "tools")]
    assert heard == [
        *map(CategoryCreated, ids),
        CategoryChanged(ids[1], ("title",)),
        CategoryChanged(ids[1], ("parent",)),
    ]


def test_a_transaction_outside_of_a_request_publishes_before_and_after_its_commit(shop):
    writer = Writer(shop, "ann", "student")

    def promote(db):
        user.set_role(db, OPERATOR, user.find(db, "ann"), "instructor")
        assert listening.COMMITTED == []

    listening.COMMITTED.clear()
    run_in_own_transaction(shop.registry, promote)
    assert [RoleChanged(writer.id, "student", "instructor")] == listening.COMMITTED


def test_a_retried_transaction_outside_of_a_request_commits_its_events_once(shop):
    writer, left = Writer(shop, "ann"), [StaleEdit("once")]

    def rename(db):
        user.rename(db, writer.id, "Ann A.")
        if left:
            raise left.pop()

    listening.COMMITTED.clear()
    with hearing() as heard:
        run_in_own_transaction(shop.registry, rename, pause=0)
    assert heard == [AccountRenamed(writer.id)] * 2
    assert [AccountRenamed(writer.id)] == listening.COMMITTED


def test_a_title_can_be_changed_outside_of_a_request(shop):
    write_course(shop, published=True)

    def retitle(db):
        course.change(db, course.find_written(db, SLUG), {"title": "Rust"}, set())

    run_in_own_transaction(shop.registry, retitle)
    found = shop.json("/courses?q=rust").json["items"]
    assert [one["title"] for one in found] == ["Rust"]


def work_on(shop, kind):
    return dict(run_due(shop.registry, {kind}))


def test_a_job_of_an_event_gets_the_event(shop):
    ann = write_course(shop, published=True)
    sam, this = enrolled(shop), course_id(shop)
    ann.patch(URL, {"summary": "Short", "title": "Python"})
    assert listening.WORKED == []
    assert work_on(shop, "listening.enrolled") == {("listening.enrolled", "welcomed"): 1}
    assert listening.WORKED.pop() == Enrolled(this, sam.id)
    work_on(shop, "listening.edited")
    assert listening.WORKED[-1] == CourseEdited(this, ("summary", "title"))
    work_on(shop, "listening.instructors")
    assert listening.WORKED[-1] == InstructorsChanged(this, added=(ann.id,))


def test_a_rolled_back_transaction_leaves_no_job_of_its_events(shop):
    write_course(shop, published=True)
    sam = Writer(shop, "sam", "student")
    with hearing() as heard, shop.writing() as request:
        factories.enrol(request.db, sam.id, SLUG)
        request.tm.doom()
    assert names(heard) == ["Enrolled"]
    assert work_on(shop, "listening.enrolled") == {}


def test_the_job_of_an_event_runs_again_if_its_worker_was_killed(shop):
    write_course(shop, published=True)
    sam, this = enrolled(shop), course_id(shop)
    claimed = run_in_own_transaction(
        shop.registry, lambda db: job.claim(db, {"listening.enrolled"})
    )
    assert claimed.payload == {"course_id": this, "user_id": sam.id, "reason": ""}
    assert work_on(shop, "listening.enrolled") == {}
    with shop.storing() as db:
        db.execute(update(Job).values(lease_until=now() - timedelta(seconds=1)))
    assert work_on(shop, "listening.enrolled") == {("listening.enrolled", "welcomed"): 1}
    assert [Enrolled(this, sam.id)] == listening.WORKED


def test_the_job_of_an_event_runs_again_if_its_handler_failed(shop):
    write_course(shop, published=True)
    enrolled(shop)
    listening.FAULTS.append(OSError("away"))
    assert work_on(shop, "listening.enrolled") == {("listening.enrolled", "waiting"): 1}
    with shop.storing() as db:
        db.execute(update(Job).values(run_at=now() - timedelta(seconds=1)))
    assert work_on(shop, "listening.enrolled") == {("listening.enrolled", "welcomed"): 1}


def test_a_job_of_an_earlier_release_gets_defaults_and_no_unknown_fields(shop):
    values = {"course_id": 1, "user_id": 2, "gone": [3]}
    with shop.storing() as db:
        job.enqueue(db, "listening.enrolled", values)
    work_on(shop, "listening.enrolled")
    assert [Enrolled(1, 2)] == listening.WORKED


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("config.add_event_job('x', print, Course)", "not an event"),
        ("config.add_event_job('x', print, 'courseshop.plugin.Course')", "Course"),
        ("config.add_check(Course, {'title', 'colour'}, print)", "Course to check: colour"),
        ("config.add_check(Courses, {'title'}, print)", "Courses to check: title"),
    ],
)
def test_an_invalid_directive_stops_startup(tmp_path, monkeypatch, line, named):
    (tmp_path / "wrong.py").write_text(
        f"from courseshop.resources import Course, Courses\ndef includeme(config):\n    {line}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "wrong", raising=False)
    ini = {"sqlalchemy.url": "sqlite://", "courseshop.mode": "development"}
    with pytest.raises((ConfigurationError, ImportError, AttributeError), match=named):
        configure({**ini, "pyramid.includes": "wrong"}).commit()
