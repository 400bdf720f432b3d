"""Migrations, up and down, on each database; their schema matches the models."""

from __future__ import annotations

import pytest
from alembic import command
from conftest import MARIADB
from databases import administer
from pyramid.exceptions import ConfigurationError
from sqlalchemy import column, insert, inspect, make_url, select, table, text
from writers import Writer

from courseshop.database import migrations
from courseshop.database.engine import make_engine
from courseshop.database.types import UtcDateTime
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict
from courseshop.models import CourseSlug, Job, User, Wish
from courseshop.schemas.user import PeopleQuery, UserDraft
from courseshop.services import job, people, user
from courseshop.services.unique import insert_row

pytestmark = [pytest.mark.databases, pytest.mark.slow]


def tables(engine):
    """Return the tables of the models, without those of `init` and of SQLite's full-text index."""
    names = inspect(engine).get_table_names()
    of_init = {"alembic_version", "schema_compatibility"}
    return {name for name in names if not name.startswith("course_fts")} - of_init


def test_upgrade_downgrade_and_upgrade_again(engine, environments):
    migrations.upgrade(engine, environments)
    made = tables(engine)
    assert made == {
        *("user_account", "category", "course", "course_instructor", "review", "enrolment"),
        *("login_session", "access_token", "job", "audit", "begun", "throttle"),
        *("course_slug", "status_change", "invitation", "review_version", "vote"),
        *("reply", "report", "wish", "wishlist", "price_change", "share_count"),
        *("course_tag", "course_count", "course_text", "search_word", "related_course"),
        *("kept_answer", "person_term", "shop_fact", "instructor_count"),
    }
    migrations.downgrade(engine, environments)
    assert tables(engine) == set()
    migrations.upgrade(engine, environments)
    assert tables(engine) == made


def test_migrations_match_models(engine, environments):
    migrations.upgrade(engine, environments)
    with engine.connect() as connection:
        assert migrations.drift(connection, environments) == []


def test_drift_is_detected(engine, environments):
    migrations.upgrade(engine, environments)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE category DROP COLUMN title"))
        assert [change[0] for change in migrations.drift(connection, environments)] == [
            "add_column"
        ]


def test_upgrading_twice_changes_nothing(engine, environments):
    assert migrations.upgrade(engine, environments) != []
    assert migrations.upgrade(engine, environments) == []


def test_migration_reenables_foreign_keys(engine, environments, backend):
    migrations.upgrade(engine, environments)
    if backend == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.skipif(MARIADB is None, reason="needs COURSESHOP_TEST_MARIADB_URL")
def test_case_insensitive_database_is_refused_with_fix(environments):
    server = make_url(MARIADB)
    administer(server, "CREATE OR REPLACE DATABASE courseshop_ci COLLATE utf8mb4_general_ci")
    engine = make_engine(server.set(database="courseshop_ci").render_as_string(hide_password=False))
    try:
        with pytest.raises(ConfigurationError, match="ALTER DATABASE courseshop_ci"):
            migrations.upgrade(engine, environments)
        assert tables(engine) == set()
    finally:
        engine.dispose()
        administer(server, "DROP DATABASE courseshop_ci")


def test_existing_courses_get_empty_lists_and_keep_slug(shop):
    course_id, (core, *_rest) = shop.add_course("python"), migrations.environments(shop.registry)
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0002")
        assert "outline" not in {one["name"] for one in inspect(connection).get_columns("course")}
    with migrations.migrating(shop.engine) as connection:
        command.upgrade(core.config(connection), "head")
    with shop.reading() as request:
        assert request.db.execute(select(CourseSlug.slug, CourseSlug.course_id)).all() == [
            ("python", course_id)
        ]
    course = shop.json("/courses/python").json
    assert (course["title"], course["tags"], course["outline"]) == ("Python", [], [])


def test_confusable_accounts_stay_but_new_ones_are_refused(shop):
    (core, *_rest), ids = migrations.environments(shop.registry), {}
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0017")
    for name, confusable in (("alice", "alice"), ("al1ce", "allce"), ("bob", "bob")):
        with shop.storing() as db:
            facts = {"username": name, "name": name, "username_look": confusable}
            ids[name] = insert_row(db, insert(User).values(facts))
    with migrations.migrating(shop.engine) as connection:
        command.upgrade(core.config(connection), "head")
    with shop.reading() as request:
        found = dict(request.db.execute(select(User.username, User.username_look)).all())
    assert found == {"alice": "allce", "al1ce": f"allce~{ids['al1ce']}", "bob": "bob"}
    with pytest.raises(Conflict), shop.storing() as db:
        user.add(db, UserDraft(username="a1ice", name="A"))


@pytest.mark.one_database
@pytest.mark.parametrize("line", ["down_revision = 'nope'", "import nothing_of_the_kind"])
def test_error_names_plugin_with_unreadable_migrations(tmp_path, line):
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "1_first.py").write_text(
        f"revision = '1'\ndown_revision = None\n{line}\n"
    )
    with pytest.raises(ConfigurationError, match="the migrations of shop cannot be read"):
        assert migrations.Environment("shop", str(tmp_path), "alembic_version").revisions


def test_existing_accounts_are_searchable_after_upgrade(shop):
    shop.add_person("alice")
    core, *_rest = migrations.environments(shop.registry)
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0022")
        command.upgrade(core.config(connection), "head")
    with shop.reading() as request:
        found = people.listing(request.db, PeopleQuery(q="ali")).rows
    assert [row.username for row in found] == ["alice"]


def test_existing_notes_are_markdown_after_upgrade(shop):
    student = Writer(shop, "sam", "student")
    notes = {"python": "For *long* evenings.", "rust": "", "zig": "*Then*"}
    for slug, note in notes.items():
        shop.add_course(slug)
        student.ask("PUT", f"/wishlists/default/{slug}", {"note": note})
    core, *_rest = migrations.environments(shop.registry)
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0025")
        command.upgrade(core.config(connection), "head")
    with shop.reading() as request:
        found = request.db.execute(select(Wish.note, Wish.note_html).order_by(Wish.position)).all()
    assert [row.note for row in found] == list(notes.values())
    assert [row.note_html for row in found] == [
        "<p>For <em>long</em> evenings.</p>\n",
        None,
        "<p><em>Then</em></p>\n",
    ]


def test_emails_become_jobs_and_jobs_emails(shop):
    core, *_rest = migrations.environments(shop.registry)
    ann, mail = shop.add_person("ann").id, former_table("mail")
    made = {"locale": "en", "base_url": "http://x", "error": "", "attempts": 3, "refusals": 2}
    made |= {"created_at": now(), "due_at": now(), "address": "ann@example.org", "user_id": ann}
    review = shop.add_review(shop.add_course("python"), shop.add_person("sam"), 5)
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0026")
        for state in ("waiting", "sent", "needless", "failed"):
            connection.execute(mail.insert().values(made | {"kind": "reset", "state": state}))
        told = {"kind": "replied", "state": "sent", "review_id": review}
        connection.execute(mail.insert().values([made | told] * 2))
        command.upgrade(core.config(connection), "head")
    with shop.reading() as request:
        rows = request.db.execute(select(*job.COLUMNS).order_by(Job.id)).all()
    facts = {"kind": "reset", "address": "ann@example.org", "user_id": ann, "review_id": None}
    payload = {**facts, "locale": "en", "base_url": "http://x"}
    assert [(row.state, row.outcome, row.payload, row.key) for row in rows] == [
        ("waiting", "", payload, None),
        ("done", "sent", {}, None),
        ("done", "needless", {}, None),
        ("failed", "", payload, None),
        ("done", "sent", {}, f"replied:{review}"),
        ("done", "sent", {}, None),
    ]
    assert {(row.kind, row.attempts, row.failures) for row in rows} == {("mail", 3, 2)}
    with migrations.migrating(shop.engine) as connection:
        command.downgrade(core.config(connection), "0026")
        kept = connection.execute(mail.select().order_by(mail.c.id)).all()
        command.upgrade(core.config(connection), "head")
    assert [(row.state, row.address, row.refusals) for row in kept] == [
        ("waiting", "ann@example.org", 2),
        ("failed", "ann@example.org", 2),
    ]


def former_table(name):
    """Return a table of a former schema."""
    moments = (column(one, UtcDateTime) for one in ("created_at", "due_at"))
    names = ("id", "kind", "address", "user_id", "review_id", "locale", "base_url", "state")
    return table(name, *map(column, (*names, "attempts", "refusals", "error")), *moments)
