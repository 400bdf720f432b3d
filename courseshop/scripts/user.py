from __future__ import annotations

import sys
from typing import TYPE_CHECKING, get_args

import click
from sqlalchemy.orm import Session

from courseshop.database.transactions import run_in_own_transaction, writing
from courseshop.domain.actor import OPERATOR
from courseshop.domain.shop import shop_of
from courseshop.framework.adapters import reserved_names
from courseshop.protection import passwords
from courseshop.resources import People
from courseshop.schemas.account import PasswordDraft, RegistrationDraft
from courseshop.schemas.user import Role, UserDraft
from courseshop.scripts.common import INI, USERNAME, open_shop
from courseshop.services import audit
from courseshop.services import user as service

if TYPE_CHECKING:
    from courseshop.models.rows import UserRow

ROLES = click.Choice(get_args(Role))
FROM_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the first line of stdin."
)


@click.group()
def user() -> None:
    """Create accounts, and change their roles and passwords."""


@user.command()
@click.argument("ini", type=INI)
@click.argument("username", type=USERNAME)
@click.option("--email", required=True, help="Email address; it counts as confirmed.")
@click.option(
    "--role", type=ROLES, default="student", show_default=True, help="Role of the account."
)
@click.option("--name", help="Display name.  [default: the username]")
@FROM_STDIN
def add(  # noqa: PLR0913, PLR0917 - the options of one command
    ini: str, username: str, email: str, role: Role, name: str | None, password_stdin: bool
) -> None:
    """Create the account USERNAME. Prompts for its password. Refuses an existing username."""
    registry = open_shop(ini)
    password = read_password(password_stdin)
    draft = RegistrationDraft(
        username=username, name=username if name is None else name, email=email, password=password
    )
    words = (draft.username, draft.name, draft.email)
    passwords.refuse_common("password", password, words)
    password_hash = shop_of(registry).passwords.hash(password)
    with writing(registry) as request:
        row = service.add(
            request.db,
            UserDraft(username=draft.username, name=draft.name, role=role),
            password_hash=password_hash,
            email=draft.email,
            reserved=reserved_names(registry, People),
        )
        audit.record(request.db, OPERATOR, "registered", row.id, role=role)
    click.echo(f"{role} {username} was created.")


@user.command()
@click.argument("ini", type=INI)
@click.argument("username", type=USERNAME)
@click.argument("role", metavar="ROLE", type=ROLES)
def role(ini: str, username: str, role: Role) -> None:
    """Change the role of USERNAME to ROLE: student, instructor, moderator or admin.

    Ends all sessions of the account. Its API tokens have the new role at once. The last admin
    keeps the role.
    """

    def change(db: Session) -> bool:
        return service.set_role(db, OPERATOR, known(db, username), role)

    moved = run_in_own_transaction(open_shop(ini), change)
    click.echo(f"{username} {'now' if moved else 'already'} has the role {role}.")


@user.command()
@click.argument("ini", type=INI)
@click.argument("username", type=USERNAME)
@FROM_STDIN
def password(ini: str, username: str, password_stdin: bool) -> None:
    """Set a new password for USERNAME. Ends all its sessions and revokes all its API tokens."""
    registry = open_shop(ini)
    text = read_password(password_stdin)
    PasswordDraft(password=text)
    with Session(shop_of(registry).engine) as db:
        row = known(db, username)
    passwords.refuse_common("password", text, (row.username, row.name, row.email or ""))
    password_hash = shop_of(registry).passwords.hash(text)
    with writing(registry) as request:
        service.recover(request.db, OPERATOR, row.id, password_hash, "password_set")
    click.echo(f"The password of {username} was changed.")


def known(db: Session, username: str) -> UserRow:
    """Return the row of an account. Raises ClickException if the username does not exist."""
    row = service.find(db, username)
    if row is None:
        raise click.ClickException(f"there is no user called {username}")
    return row


def read_password(from_stdin: bool) -> str:
    if from_stdin:
        try:
            return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise click.ClickException("password: not UTF-8 text") from error
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
