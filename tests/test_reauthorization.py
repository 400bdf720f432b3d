"""Permissions are checked again under the write lock, and one admin always remains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event

import pytest
from helpers import JSON, Shop, write_ini
from sqlalchemy import delete, func, select, update
from writers import Writer, fault_of

from courseshop.database.transactions import run_in_own_transaction
from courseshop.domain.actor import OPERATOR
from courseshop.domain.errors import Conflict
from courseshop.models import AccessToken, Enrolment, LoginSession, User, course_instructor
from courseshop.services import user

pytestmark = pytest.mark.databases


@pytest.fixture(scope="session")
def _probed(migrated_database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("rights")
    shop = Shop.open(write_ini(folder, migrated_database(), **{"pyramid.includes": "probes"}))
    shop.init()
    yield shop
    shop.close()


@pytest.fixture
def shop(_probed):
    _probed.clear()
    _probed.registry["probes.between"].clear()
    return _probed


@pytest.fixture
def course(shop):
    """Return the URL of a published course by ian."""
    ian, mira = Writer(shop, "ian"), Writer(shop, "mira", "moderator")
    url = ian.write(title="Bread")["url"]
    assert mira.patch(url, {"status": "published"}).status_int == 200
    return url


def meanwhile(shop, *statements):
    """Execute these when the next write is authenticated and waits for its lock."""

    def execute():
        with shop.storing() as db:
            for statement in statements:
                db.execute(statement)

    shop.registry["probes.between"].append(execute)


def demote(person):
    return update(User).where(User.id == person.id).values(role="student")


def revoke(person):
    return delete(AccessToken).where(AccessToken.user_id == person.id)


def title_of(shop, course):
    return shop.json(course.removeprefix("http://localhost")).json["title"]


@pytest.mark.parametrize(
    ("lose", "status"),
    [([demote], 403), ([revoke], 401), ([demote, revoke], 401)],
    ids=["role", "token", "both"],
)
def test_write_is_refused_if_permission_is_lost_before_its_lock(shop, course, lose, status):
    mod = Writer(shop, "mod", "moderator")
    meanwhile(shop, *(one(mod) for one in lose))
    assert mod.patch(course, {"title": "Cake"}).status_int == status
    assert title_of(shop, course) == "Bread"


@pytest.mark.parametrize("ended", ["session", "account"])
def test_browser_whose_session_ended_meanwhile_gets_401(shop, course, ended):
    mod = Writer(shop, "mod", "moderator")
    browser, owned = mod.browser(), LoginSession.user_id == mod.id
    lost = {
        "session": delete(LoginSession).where(owned),
        "account": delete(User).where(User.id == mod.id),
    }
    meanwhile(shop, lost[ended])
    path = course.removeprefix("http://localhost")
    answer = browser.app.patch_json(path, {"title": "Cake"}, headers=JSON, expect_errors=True)
    assert answer.status_int == 401
    assert title_of(shop, course) == "Bread"


def test_instructor_removed_meanwhile_cannot_edit(shop, course):
    eve = Writer(shop, "eve")
    with shop.storing() as db:
        (course_id,) = db.scalars(select(course_instructor.c.course_id))
        values = {"course_id": course_id, "user_id": eve.id, "position": 1}
        db.execute(course_instructor.insert().values(values))
    removed = delete(course_instructor).where(course_instructor.c.user_id == eve.id)
    meanwhile(shop, removed)
    assert eve.patch(course, {"title": "Cake"}).status_int == 403
    assert title_of(shop, course) == "Bread"


def test_student_who_left_meanwhile_cannot_review(shop, course):
    sam = Writer(shop, "sam", "student")
    assert sam.ask("PUT", f"{course}/enrolment").status_int == 201
    meanwhile(shop, delete(Enrolment).where(Enrolment.user_id == sam.id))
    assert sam.post(f"{course}/reviews", {"rating": 1}).status_int == 403
    assert sam.get(f"{course}/reviews").json["total"] == 0


def test_permission_gained_meanwhile_does_no_harm(shop, course):
    mod = Writer(shop, "mod", "moderator")
    meanwhile(shop, update(User).where(User.id == mod.id).values(role="admin"))
    assert mod.patch(course, {"title": "Cake"}).status_int == 200


def test_waiting_write_is_checked_against_latest_permissions(shop, course):
    mod, waits = Writer(shop, "mod", "moderator"), Event()
    shop.registry["probes.between"].append(waits.set)
    with ThreadPoolExecutor(1) as pool:
        with shop.storing() as db:
            db.execute(demote(mod))
            db.execute(revoke(mod))
            answer = pool.submit(mod.patch, course, {"title": "Cake"})
            assert waits.wait(60)
        assert answer.result().status_int == 401
    assert title_of(shop, course) == "Bread"


def admins(shop):
    with shop.reading() as request:
        return request.db.scalar(select(func.count()).where(User.role == "admin"))


def at_once(first, second):
    """Call both at the same time; return their results."""
    with ThreadPoolExecutor(2) as pool:
        return [one.result() for one in [pool.submit(first), pool.submit(second)]]


@pytest.mark.parametrize("times", range(3))
def test_only_one_of_two_admins_can_demote_the_other(shop, times):
    ann, bob = Writer(shop, "ann", "admin"), Writer(shop, "bob", "admin")
    both = Barrier(2)
    shop.registry["probes.between"].extend([both.wait] * 2)
    answers = at_once(
        partial(ann.patch, "/people/bob", {"role": "student"}),
        partial(bob.patch, "/people/ann", {"role": "student"}),
    )
    assert sorted(one.status_int for one in answers) == [200, 403]
    assert admins(shop) == 1


def test_concurrent_demotions_leave_one_admin(shop):
    both = Barrier(2)

    def demote(username):
        def change(db):
            row = user.find(db, username)
            return user.set_role(db, OPERATOR, row, "moderator")

        both.wait()
        try:
            return run_in_own_transaction(shop.registry, change)
        except Conflict as refused:
            return refused.code

    for username in ("ann", "bob"):
        Writer(shop, username, "admin")
    done = at_once(partial(demote, "ann"), partial(demote, "bob"))
    assert sorted(map(str, done)) == ["True", "last_admin"]
    assert admins(shop) == 1


def test_the_last_admin_keeps_the_role(shop):
    Writer(shop, "ann", "admin")
    someone = {"extra_environ": {"test.actor": OPERATOR}, "headers": JSON, "expect_errors": True}
    refused = shop.app.patch_json("/people/ann", {"role": "student"}, **someone)
    assert (refused.status_int, fault_of(refused)) == (409, ("role", "last_admin"))
    Writer(shop, "bob", "admin")
    assert shop.app.patch_json("/people/ann", {"role": "student"}, **someone).status_int == 200
    assert admins(shop) == 1
