"""The operator's `courseshop` command: accounts, tokens, mail, permissions and categories."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import threading
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from browsing import NEW_PASSWORD, PASSWORD, Visitor
from click.testing import CliRunner
from helpers import JSON, ROOT, Shop, write_ini
from operating import COMMAND, courseshop
from sqlalchemy import func, select, update

from courseshop.models import AuditEntry, Job, User
from courseshop.protection.passwords import Passwords
from courseshop.schemas.user import UserDraft
from courseshop.services import job, mail, user

HASH = Passwords(1).hash(PASSWORD)
# Too short, although hard to guess.
SHORT = "k7#Qz!v2W"


def words(line, ini):
    return [ini if word == "INI" else word for word in line.split()]


def add(ini, username, *options, email="new@example.com", password=PASSWORD):
    arguments = ("user", "add", ini, username, "--email", email, "--password-stdin", *options)
    return courseshop(*arguments, stdin=f"{password}\n")


def run_in_terminal(*arguments, answers):
    """Run the command in a terminal and type the answers; return all output."""
    screen, terminal = pty.openpty()
    ends = dict.fromkeys(("stdin", "stdout", "stderr"), terminal)
    command = [COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, start_new_session=True, **ends), os.fdopen(screen) as _screen:
        os.close(terminal)
        shown, answers = "", list(answers)
        # Reading raises OSError when the command has exited.
        with suppress(OSError):
            while text := os.read(screen, 1_000).decode():
                shown += text
                if answers and shown.endswith(": "):
                    os.write(screen, f"{answers.pop(0)}\n".encode())
    return shown


def assert_refused(done, field):
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(f"Error: {field}: .+\n", done.stderr)


def make_account(shop, username, role="student"):
    with shop.writing() as request:
        draft = UserDraft(username=username, name=username.title(), role=role)
        user.add(request.db, draft, password_hash=HASH, email=f"{username}@example.com")


def stored(shop):
    with shop.reading() as request:
        return [request.db.scalar(select(func.count(one.id))) for one in (User, AuditEntry)]


def log_in(shop, username, password=PASSWORD):
    visitor = Visitor(shop)
    draft = {"username": username, "password": password}
    visitor.status = visitor.post_json("/account/login", draft).status_int
    return visitor


@pytest.fixture
def ini(shop, tmp_path):
    """Return an ini with the database of `shop`, for another process."""
    return write_ini(tmp_path, shop.engine.url.render_as_string(hide_password=False))


@pytest.fixture(scope="module")
def sqlite_shop(tmp_path_factory):
    """Return the ini and the shop on SQLite, for tests that need no other database."""
    folder = tmp_path_factory.mktemp("lone")
    unconfirmed = {"courseshop.unconfirmed": "read"}
    ini = write_ini(folder, f"sqlite:///{folder}/shop.sqlite", **unconfirmed)
    shop = Shop.open(ini)
    shop.init()
    for username, role in (("ann", "instructor"), ("bill", "student"), ("root", "admin")):
        make_account(shop, username, role)
    shop.add_course("draft", published=None, instructors=["ann", "unconfirmed"])
    yield ini, shop
    shop.close()


def test_only_the_operator_may_use_a_reserved_name(ini):
    assert add(ini, "admin", "--role", "admin").stdout == "admin admin was created.\n"


def test_added_account_can_log_in_with_role_and_confirmed_address(ini, shop):
    done = add(ini, "bill", "--role", "moderator", "--name", "Bill B.", email="Bill@Example.com")
    assert (done.returncode, done.stdout, done.stderr) == (0, "moderator bill was created.\n", "")
    account = log_in(shop, "bill").json("/account").json
    assert (account["username"], account["name"]) == ("bill", "Bill B.")
    assert (account["role"], account["email"]) == ("moderator", "bill@example.com")
    assert account["pending_email"] is None
    assert stored(shop) == [1, 2]


@pytest.mark.slow
def test_password_prompt_repeats_until_both_match_and_hides_input(ini, shop):
    arguments = ("user", "add", ini, "bill", "--email", "bill@example.com")
    screen = run_in_terminal(*arguments, answers=[PASSWORD, NEW_PASSWORD, PASSWORD, PASSWORD])
    assert screen.endswith("student bill was created.\r\n")
    assert "do not match" in screen
    assert PASSWORD not in screen
    assert NEW_PASSWORD not in screen
    assert log_in(shop, "bill").status == 204


@pytest.mark.parametrize(
    ("field", "username", "email"),
    [("username", "bill", "new@x.org"), ("username", "bi11", "new@x.org"), ("email", "will", "BILL@example.com")],
)  # fmt: skip
def test_taken_username_or_address_is_refused(ini, shop, field, username, email):
    make_account(shop, "bill")
    done = add(ini, username, email=email)
    assert_refused(done, field)
    assert stored(shop) == [1, 0]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("username", "Bob"), ("username", "b\u0430b"), ("username", "bo\u202eb"),
        ("username", "b" * 41), ("username", ""), ("email", "bob"), ("email", "bob@example..com"),
        ("password", SHORT), ("password", "passwordpassword"),
    ],
)  # fmt: skip
def test_invalid_account_is_refused_in_one_line(sqlite_shop, field, value):
    ini, shop = sqlite_shop
    before, facts = stored(shop), {"username": "bob", "password": PASSWORD, field: value}
    done = add(ini, **facts)
    assert_refused(done, field)
    assert facts["password"] not in done.stderr
    assert stored(shop) == before


@pytest.mark.parametrize(
    "line",
    [
        "user add INI bob", "user add INI bob --email bob@example.com --role boss",
        "user add /no/such.ini bob --email bob@example.com", "user role INI bob boss",
        "user password INI", "token add INI bob --scope all", "why INI guest fly /", "mail",
    ],
)  # fmt: skip
def test_wrong_usage_exits_with_2(line):
    done = courseshop(*words(line, ROOT / "development.ini"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: courseshop")


@pytest.mark.parametrize(
    "line",
    ["user role INI nobody admin", "user password INI nobody --password-stdin",
     "token add INI nobody", "why INI nobody view /"],
)  # fmt: skip
def test_an_unknown_username_is_refused(sqlite_shop, line):
    done = courseshop(*words(line, sqlite_shop[0]), stdin=PASSWORD)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: there is no user called nobody\n"


@pytest.mark.parametrize(("scope", "status"), [("read", 403), ("write", 200)])
def test_token_is_printed_alone_and_has_given_scope(ini, shop, scope, status):
    make_account(shop, "bill")
    done = courseshop("token", "add", ini, "bill", "--scope", scope, "--name", "ci", "--days", "7")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"cs_[0-9a-f]{72}\n", done.stdout)
    program, headers = Visitor(shop), {**JSON, "Authorization": f"Bearer {done.stdout.strip()}"}
    assert program.get("/account", headers=headers).json["username"] == "bill"
    program.app.patch_json("/account", {"name": "Will"}, headers=headers, status=status)
    name = program.get("/account", headers=headers).json["name"]
    assert name == ("Will" if scope == "write" else "Bill")
    (token,) = program.get("/account/tokens", headers=headers).json["items"]
    made, ends = (datetime.fromisoformat(token[at]) for at in ("created_at", "expires_at"))
    assert (token["name"], round((ends - made) / timedelta(hours=1))) == ("ci", 7 * 24)


@pytest.mark.parametrize(
    ("line", "field"),
    [("token add INI bill --name=", "name"), ("user password INI bill --password-stdin", "password")],
)  # fmt: skip
def test_invalid_change_is_refused_in_one_line(sqlite_shop, line, field):
    done = courseshop(*words(line, sqlite_shop[0]), stdin=SHORT)
    assert_refused(done, field)
    assert log_in(sqlite_shop[1], "bill").status == 204


def test_role_change_takes_effect_at_once_and_ends_sessions(ini, shop):
    make_account(shop, "bill")
    visitor = log_in(shop, "bill")
    token = visitor.post_json("/account/tokens", {"name": "ci"}).json["token"]
    done = courseshop("user", "role", ini, "bill", "moderator")
    assert (done.returncode, done.stdout) == (0, "bill now has the role moderator.\n")
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    assert Visitor(shop).get("/account", headers=headers).json["role"] == "moderator"
    assert visitor.json("/account").status_int == 401


def test_the_last_admin_keeps_the_role(ini, shop):
    make_account(shop, "root", "admin")
    done = courseshop("user", "role", ini, "root", "student")
    assert_refused(done, "role")
    make_account(shop, "ann", "admin")
    assert courseshop("user", "role", ini, "root", "student").returncode == 0
    assert_refused(courseshop("user", "role", ini, "ann", "moderator"), "role")


def test_password_change_ends_sessions_and_tokens_at_once(ini, shop):
    make_account(shop, "bill")
    visitor = log_in(shop, "bill")
    token = visitor.post_json("/account/tokens", {"name": "ci"}).json["token"]
    done = courseshop("user", "password", ini, "bill", "--password-stdin", stdin=NEW_PASSWORD)
    assert (done.returncode, done.stdout) == (0, "The password of bill was changed.\n")
    assert visitor.json("/account").status_int == 401
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    assert Visitor(shop).get("/account", headers=headers).status_int == 401
    assert [log_in(shop, "bill", one).status for one in (PASSWORD, NEW_PASSWORD)] == [401, 204]


def test_mail_prints_waiting_messages_once_with_unbroken_link(ini, shop):
    visitor = Visitor(shop)
    visitor.register("bill")
    done = courseshop("mail", ini)
    assert done.returncode == 0
    assert "To: bill@example.com" in done.stdout.splitlines()
    (key,) = re.findall(r"^http://localhost/account/confirm\?key=(\S+)$", done.stdout, re.MULTILINE)
    assert visitor.post_json("/account/confirm", {"key": key}).status_int == 204
    assert visitor.json("/account").json["email"] == "bill@example.com"
    assert courseshop("mail", ini).stdout == ""
    with shop.reading() as request:
        assert request.db.scalars(select(Job.outcome)).all() == ["sent"]


def test_mail_status_lists_unsent_and_retry_requeues_failed(ini, shop):
    with shop.writing() as request:
        facts = {"user_id": None, "locale": "en", "base_url": "http://localhost"}
        mail.queue(request.db, "reset", "nobody@example.com", **facts)
        mail.queue(request.db, "nonsense", "bill@example.com", **facts)
        request.db.execute(update(Job).values(failures=job.MOST_FAILURES - 1))
    shown = [courseshop("mail", ini, "--status")]
    failed = courseshop("mail", ini)
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.endswith("Error: messages failed; run: courseshop mail INI --status\n")
    shown.append(courseshop("mail", ini, "--status"))
    assert "1 to retry" in courseshop("mail", ini, "--retry").stderr
    shown.append(courseshop("mail", ini, "--status"))
    assert [one.stdout.splitlines()[0] for one in shown] == [
        "2 waiting", "1 failed, 1 no longer needed", "1 no longer needed, 1 waiting",
    ]  # fmt: skip
    assert "nonsense  to bill@example.com  due " in shown[0].stdout
    assert "nonsense  to bill@example.com  failed  KeyError: 'nonsense'" in shown[1].stdout


@pytest.mark.slow
@pytest.mark.parametrize(("stop", "rounds"), [(signal.SIGTERM, 2), (signal.SIGINT, 1)])
def test_mail_loop_runs_until_stopped(sqlite_shop, stop, rounds):
    ini, shop = sqlite_shop
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([COMMAND, "mail", str(ini), "--loop"], **pipes) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        for username in (f"somebody-{stop}-{number}" for number in range(rounds)):
            Visitor(shop).register(username)
            assert f"To: {username}@example.com\n" in process.stdout
        process.send_signal(stop)
        process.wait(10)
        watchdog.cancel()
        assert "Traceback" not in process.stderr.read()


SITE = "http://localhost"
DRAFT = [f"{SITE}/courses/draft  (Course)", f"{SITE}/courses  (Courses)", f"{SITE}/  (Root)"]
ANN = [f"{SITE}/people/ann  (Person)", f"{SITE}/people  (People)", f"{SITE}/  (Root)"]
ACCOUNT = [f"{SITE}/account  (Account)", f"{SITE}/  (Root)"]
OWN = "  => allows instructor:1 view, edit, delete"
NOBODY = "  => denies system.Everyone everything"
STAFF = "  => allows role:moderator view, edit, delete, moderate"


@pytest.mark.parametrize(
    ("who", "question", "places", "deciding", "verdict"),
    [
        ("ann", "edit /courses/draft", DRAFT, OWN, "may edit, by"),
        ("ann", "moderate /courses/draft", DRAFT, NOBODY, "may not moderate, by"),
        ("root", "moderate /courses/draft", DRAFT, STAFF, "may moderate, by"),
        ("unconfirmed", "edit /courses/draft", DRAFT, OWN, "may not edit, until"),
        ("bill", "edit /people/ann", ANN, NOBODY, "may not edit, by"),
        ("guest", "view /account", ACCOUNT, NOBODY, "may not view, by"),
    ],
)  # fmt: skip
def test_why_prints_lineage_and_marks_deciding_acl_entry(
    sqlite_shop, who, question, places, deciding, verdict
):
    done = courseshop("why", sqlite_shop[0], who, *question.split())
    assert (done.returncode, done.stderr) == (0, "")
    principals, *lines, last = done.stdout.splitlines()
    assert principals.startswith(f"{who}: ")
    assert [line for line in lines if not line.startswith("  ")] == places
    assert [line for line in lines if "=>" in line] == [deciding]
    assert last.startswith(f"{who} {verdict} the ")


@pytest.mark.parametrize("path", ["/courses/draft", "/courses/nothing", "/courses/nicht\u0430"])
def test_why_reports_not_found_for_hidden_and_missing_pages(sqlite_shop, path):
    done = courseshop("why", sqlite_shop[0], "guest", "view", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith(
        f"{path}: not found below http://localhost/courses."
    )


def commands(group, *names):
    for name, command in group.commands.items():
        yield command, (*names, name)
        yield from commands(command, *names, name) if hasattr(command, "commands") else ()


def test_every_command_has_help():
    from courseshop.scripts import cli

    for command, names in commands(cli):
        done = CliRunner().invoke(cli, [*names, "--help"])
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout.startswith(" ".join(["Usage: cli", *names, ""]))
        assert " ".join(command.help.split()) in " ".join(done.stdout.split())


def init_demo(ini):
    """Run `init --demo`; return the printed passwords by username, and the finished process."""
    done = courseshop("init", ini, "--demo")
    return dict(re.findall(r"^  (demo-\w+) +(\S+)$", done.stdout, re.MULTILINE)), done


@pytest.mark.slow
def test_demo_accounts_are_printed_once_and_can_log_in(new_database, tmp_path):
    ini = write_ini(tmp_path, new_database())
    accounts, _done = init_demo(ini)
    shop = Shop.open(ini)
    for username, password in accounts.items():
        own = log_in(shop, username, password).json("/account").json
        assert own["role"] == username.removeprefix("demo-")
    shop.close()
    assert len(accounts) == 4
    none, again = init_demo(ini)
    assert (none, again.returncode) == ({}, 0)
    assert [one for one in accounts.values() if one in again.stdout + again.stderr] == []


@pytest.mark.slow
def test_demo_passwords_differ_between_shops(tmp_path):
    made = [init_demo(write_ini(tmp_path, f"sqlite:///{tmp_path}/{n}.sqlite"))[0] for n in (1, 2)]
    assert len({password for accounts in made for password in accounts.values()}) == 8


def test_categories_can_be_added_and_renamed(tmp_path):
    ini = write_ini(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite")
    courseshop("init", ini)
    made = courseshop("category", "add", ini, "kitchen", "In the Kitchen")
    assert (made.returncode, made.stdout) == (0, "/categories/kitchen: In the Kitchen\n")
    renamed = courseshop("category", "rename", ini, "kitchen", "Kitchen")
    assert renamed.stdout == "/categories/kitchen: Kitchen\n"
    shop = Shop.open(ini)
    assert [one["title"] for one in shop.json("/categories").json["items"]] == ["Kitchen"]
    shop.close()
    for arguments, why in (
        (("add", ini, "kitchen", "Again"), "slug: A category with this slug already exists."),
        (("add", ini, "A b", "Again"), "slug: "),
        (("add", ini, "empty", ""), "title: "),
        (("rename", ini, "nowhere", "Again"), "there is no category nowhere"),
    ):
        done = courseshop("category", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert why in done.stderr
