from __future__ import annotations

from typing import get_args

import click

from courseshop.database.transactions import writing
from courseshop.domain.actor import OPERATOR
from courseshop.schemas.token import Scope, TokenDraft
from courseshop.scripts.common import INI, USERNAME, open_shop
from courseshop.scripts.user import known
from courseshop.services import token as service


@click.group()
def token() -> None:
    """Create API tokens."""


@token.command()
@click.argument("ini", type=INI)
@click.argument("username", type=USERNAME)
@click.option(
    "--scope",
    type=click.Choice(get_args(Scope)),
    default="read",
    show_default=True,
    help="What the token may do.",
)
@click.option("--name", default="command line", show_default=True, help="What the token is for.")
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=90,
    show_default=True,
    help="Days until the token expires.",
)
def add(ini: str, username: str, scope: Scope, name: str, days: int) -> None:
    """Create an API token that acts for USERNAME, and print it. It is not shown again."""
    with writing(open_shop(ini)) as request:
        row = known(request.db, username)
        draft = TokenDraft(name=name, scope=scope, days=days)
        _id, text = service.add(request.db, OPERATOR, row.id, draft)
    click.echo(text)
