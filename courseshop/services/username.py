"""Usernames that nobody can register, because readers would take them for the shop itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slugify import slugify

from courseshop.domain.errors import Conflict
from courseshop.domain.i18n import _
from courseshop.models.user import confusable_form

if TYPE_CHECKING:
    from collections.abc import Iterable

# Roles, and the mailboxes that RFC 2142 defines.
RESERVED = {
    "abuse", "admin", "administrator", "anonymous", "api", "billing", "contact", "courseshop",
    "deleted", "everyone", "ftp", "guest", "help", "hostmaster", "info", "instructor", "legal",
    "mail", "mailer-daemon", "marketing", "me", "moderator", "news", "no-reply", "nobody", "noc",
    "null", "official", "operator", "payments", "postmaster", "privacy", "root", "sales",
    "security", "shop", "staff", "static", "student", "superuser", "support", "sysadmin", "system",
    "team", "undefined", "user", "webmaster", "www",
}  # fmt: skip


def refuse_reserved(username: str, shop_name: str, paths: Iterable[str]) -> None:
    """Raise Conflict if a username is a reserved one or looks like it, whatever its punctuation.

    Besides RESERVED these are the shop's name and the first segments of its `paths`.
    """
    names = {*RESERVED, *paths, slugify(shop_name)} - {""}
    if _letters(username) in map(_letters, names):
        message = _("This username is reserved. Choose a different one.")
        raise Conflict("username", "reserved", message)


def _letters(name: str) -> str:
    return confusable_form(name).replace("-", "")
