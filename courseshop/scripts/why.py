from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import click
from pyramid.authorization import ACLHelper, Allow
from pyramid.exceptions import URLDecodeError
from pyramid.location import lineage
from pyramid.scripting import prepare
from pyramid.traversal import traverse

from courseshop import security
from courseshop.domain.actor import GUEST, Actor
from courseshop.framework.adapters import pages
from courseshop.framework.place_acl import acl_entries
from courseshop.framework.request import Request
from courseshop.resources import Root
from courseshop.scripts.common import INI, USERNAME, open_shop
from courseshop.security import PERMISSIONS, principals
from courseshop.services import user

if TYPE_CHECKING:
    from pyramid.authorization import Verbs
    from pyramid.traversal import Traversed

    from courseshop.framework.resource import Resource


@click.command()
@click.argument("ini", type=INI)
@click.argument("username", type=USERNAME, metavar="USER")
@click.argument("permission", metavar="PERMISSION", type=click.Choice(list(PERMISSIONS)))
@click.argument("path")
def why(ini: str, username: str, permission: str, path: str) -> None:
    """Explain whether USER has PERMISSION at PATH, and which rule decides.

    USER is a username, or guest. PERMISSION is view, add, edit, delete or moderate.
    """
    registry = open_shop(ini)
    request = Request.blank("/")
    with prepare(request=request, registry=registry):
        actor = find_actor(request, username)
        request.authentication = (actor, None)
        request.actor = actor
        try:
            found: Traversed[Resource] = traverse(
                Root(request), quote(urlsplit(path).path, safe="/%")
            )
        except URLDecodeError as error:
            raise click.ClickException(f"{path} is not a URL path in UTF-8") from error
        place, rest = found["context"], [found["view_name"], *found["subpath"]]
        click.echo(f"{username}: {', '.join(sorted(principals(actor)))}")
        if not answers(place, rest):
            click.echo(
                f"{path}: not found below {place.url()}. It does not exist, or {username} may not "
                "view it."
            )
            return
        explain(request, place, permission)


def find_actor(request: Request, username: str) -> Actor:
    if username == "guest":
        return GUEST
    row = user.find(request.db, username)
    if row is None:
        raise click.ClickException(f"there is no user called {username}")
    return security.actor_of(request, request.db, row.id, row)


def answers(place: Resource, rest: list[str]) -> bool:
    """Return whether the rest of the path is empty or the name of a page of the place."""
    rest = [segment for segment in rest if segment]
    return not rest or (len(rest) == 1 and rest[0] in {page.name for page in pages(place)})


def explain(request: Request, place: Resource, permission: str) -> None:
    """Print the lineage of a place, with all ACL entries, and mark the entry that decides."""
    asked = ACLHelper().permits(place, request.principals, permission)
    for one in lineage(place):
        click.echo(f"{one.url()}  ({type(one).__name__})")
        for number, (action, principal, verbs) in enumerate(acl_entries(one)):
            decides = one is asked.context and asked.acl[number] == asked.ace
            word = "allows" if action == Allow else "denies"
            click.echo(f"  {'=>' if decides else '  '} {word} {show(principal)} {show(verbs)}")
    verdict = request.has_permission(permission, place)
    allowed = "may" if verdict else "may not"
    reason = "by the entry marked =>"
    if isinstance(asked.ace, str):
        reason = "because no entry matches"
    if asked and not verdict:
        reason = "until the email address is confirmed (courseshop.unconfirmed)"
    click.echo(f"{request.actor.username or 'guest'} {allowed} {permission}, {reason}.")


def show(value: Verbs) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(value) if isinstance(value, tuple | list) else "everything"
