"""Every setting of the shop: its type, default and meaning, once.

A value may be `env:NAME` (an environment variable) or `file:/path` (a file's first line), so
that secrets stay out of the `.ini`.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pyramid.exceptions import ConfigurationError
from pyramid.settings import asbool

from courseshop.settings.types import (
    Currency,
    Holds,
    Hosts,
    Limit,
    LimitOrNone,
    Locales,
    Logo,
    MailServer,
    Sender,
    Throttles,
    Url,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = TypeVar("Value")
PREFIX = "courseshop."
# What has stood in a repository or a tutorial is no secret.
KNOWN_SECRETS = re.compile(
    r"development only, everyone can read this|change.?me|secret|seekrit|password|example"
    r"|courseshop"
)
SHORTEST_REST = 16
SHORTEST_SECRET = 32
# What is not shown when it is wrong.
MAY_HOLD_PASSWORDS = {"secret", "mail", "throttles"}
DEBUGGING = (
    "pyramid.debug_all",
    "pyramid.debug_authorization",
    "pyramid.debug_notfound",
    "pyramid.debug_routematch",
    "pyramid.debug_templates",
    "pyramid.reload_all",
    "pyramid.reload_assets",
    "pyramid.reload_templates",
)


class Settings(BaseModel):
    """The `courseshop.*` keys of an `.ini`."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    mode: Literal["development", "production"] = Field(
        "production",
        description="production refuses to start with a weak secret, an old schema or debugging",
    )
    secret: str = Field(
        "",
        description="at least 32 random characters, the same on every machine; signs mailed links",
    )
    name: Words = Field("courseshop", description="the shop's name on every page")
    tagline: Words = Field(
        "Courses worth your evenings.", description="one line below the name on the first page"
    )
    logo: Logo = Field(
        "", description="path of an SVG or PNG file to stand before the name; empty: the shop's own"
    )
    hosts: Hosts = Field(
        (), description="host names that requests may carry, without ports; empty: any"
    )
    url: Url = Field(
        "",
        description="address of the shop, for links in mail, such as https://shop.example; "
        "empty: that of the request",
    )
    currency: Currency = Field("USD", description="the one currency of all prices, ISO 4217")
    locales: Locales = Field(
        ("en",), description="locales offered to readers, the default first, such as: en de pt_BR"
    )
    max_body: int = Field(
        1_048_576, ge=1024, description="bytes that the body of a request may have"
    )
    kept_mib: int = Field(
        8,
        ge=0,
        le=65_536,
        description="MiB of memory that each process may fill with pages that guests have asked "
        "for, to send them again while nothing on them has changed; 0: none",
    )
    write_attempts: int = Field(
        5, ge=1, le=20, description="how often a write is tried when another one was in its way"
    )
    sqlite_synchronous: Literal["normal", "full"] = Field(
        "full", description="SQLite: full survives a power cut, normal only a crash of the shop"
    )

    publishing: Literal["instructors", "moderators"] = Field(
        "moderators",
        description="who publishes courses: instructors their own ones, or moderators what "
        "instructors submit",
    )
    hold_reviews: Holds = Field(
        (),
        description="which reviews wait for a moderator before others see them: all, or those by "
        "new accounts and with links, as in: new links; empty: none",
    )
    new_account_days: int = Field(
        7, ge=1, le=3_650, description="days for which an account is new, for the setting above"
    )
    report_limit: Limit = Field(
        "20 per hour", validate_default=True, description="reports of reviews by one account"
    )
    wishlists_limit: int = Field(
        50, ge=1, le=1_000, description="how many wishlists an account may have"
    )
    wishes_limit: int = Field(
        200, ge=1, le=1_000, description="how many courses a wishlist may have"
    )
    count_shares: bool = Field(
        True,
        description="true: links on course pages to networks lead through the shop and are "
        "counted, in sum alone; false: straight there",
    )
    hsts_seconds: int = Field(
        0,
        ge=0,
        description="how long browsers must insist on https, once it works; 0: no word of it",
    )
    shared_seconds: int = Field(
        0,
        ge=0,
        le=86_400,
        description="seconds for which nginx or a CDN, set up as in docs/proxy.md, may give guests "
        "a page that it has kept without asking the shop; 0: it asks each time",
    )
    session_idle_days: int = Field(
        14, ge=1, le=3_650, description="days without a visit after which one must log in again"
    )
    session_days: int = Field(
        90, ge=1, le=3_650, description="days after which one must log in again in any case"
    )
    unconfirmed: Literal["nothing", "read", "write"] = Field(
        "read",
        description="what an account may do before its e-mail address is confirmed: nothing (not "
        "even log in), read, or write as every other",
    )
    password_slots: int = Field(
        2,
        ge=1,
        le=64,
        description="how many passwords are hashed at once; each takes 19 MiB and a core for 70 ms",
    )
    throttles: Throttles = Field(
        "memory",
        description="where limits are counted: memory (each process for itself), database, or "
        "redis://host:6379",
    )
    login_limit: Limit = Field(
        "10 per 5 minutes",
        validate_default=True,
        description="failed log-ins to one account from one address",
    )
    login_limit_address: Limit = Field(
        "100 per 5 minutes",
        validate_default=True,
        description="failed log-ins from one address, to any account",
    )
    login_limit_shop: Limit = Field(
        "1000 per 5 minutes",
        validate_default=True,
        description="failed log-ins in the whole shop",
    )
    reset_limit: Limit = Field(
        "5 per day",
        validate_default=True,
        description="mails to one e-mail address, to reset a password or confirm the address, that "
        "are asked for from one address",
    )
    mail_limit: Limit = Field(
        "20 per day",
        validate_default=True,
        description="such mails to one e-mail address, asked for from anywhere",
    )
    register_limit: Limit = Field(
        "20 per hour", validate_default=True, description="new accounts from one address"
    )
    token_limit: LimitOrNone = Field(
        "1000 per minute",
        validate_default=True,
        description="requests by one token; empty: any number",
    )
    mail: MailServer = Field(
        "console",
        description="where courseshop mail sends: console, smtp://host:25, "
        "smtp+starttls://name:password@host:587 or smtps://name:password@host:465",
    )
    mail_from: Sender = Field(
        "courseshop <courseshop@localhost>", description="the sender of the shop's mail"
    )

    @model_validator(mode="after")
    def _secret_is_secret(self) -> Self:
        if self.mode == "production":
            weakness = secret_weakness(self.secret)
            if weakness:
                raise ValueError(f"{PREFIX}secret: {weakness}")
        return self


def secret_weakness(secret: str) -> str | None:
    """Return why `secret` will not do for production, None when it will."""
    if not secret:
        return "missing; expected at least 32 random characters, such as env:COURSESHOP_SECRET"
    if len(secret) < SHORTEST_SECRET:
        return f"too short ({len(secret)} characters); expected at least {SHORTEST_SECRET}"
    # What is left when the known words are taken out must be long enough to guess in vain.
    if len(KNOWN_SECRETS.sub("", secret.lower())) < SHORTEST_REST:
        return "a known one; expected characters that only this shop knows"
    if len(set(secret)) < SHORTEST_SECRET // 4:
        return "too regular; expected random characters"
    return None


def read(ini: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """Return the shop's settings, and all of the ini with `env:` and `file:` values resolved.

    Raises ConfigurationError, which names the key at fault and what was expected.
    """
    resolved = {key: resolve(key, value) for key, value in ini.items()}
    own = {key[len(PREFIX) :]: resolved[key] for key in resolved if key.startswith(PREFIX)}
    try:
        settings = Settings(**own)
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None
    return settings, resolved


def resolve(key: str, value: Value) -> Value | str:
    """Return what `env:NAME` or `file:/path` stands for, any other value as it is."""
    if not isinstance(value, str):
        return value
    kind, _, rest = value.partition(":")
    if kind == "env":
        if rest not in os.environ:
            raise ConfigurationError(f"{key}: the environment variable {rest} is not set")
        return os.environ[rest]
    if kind == "file":
        if not rest.startswith("/"):
            raise ConfigurationError(f"{key}: {rest} is not an absolute path")
        try:
            return Path(rest).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{key}: cannot read {rest}: {error}") from None
    return value


def explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            known = ", ".join(PREFIX + field for field in Settings.model_fields)
            lines.append(f"{PREFIX}{name}: unknown setting; expected one of {known}")
        elif name:
            meaning = Settings.model_fields[name].description
            value = "" if name in MAY_HOLD_PASSWORDS else f" = {fault['input']!r}"
            lines.append(f"{PREFIX}{name}{value}: {fault['msg']} ({meaning})")
        else:
            lines.append(fault["msg"].removeprefix("Value error, "))
    return "\n".join(lines)


def refuse_debugging(settings: Mapping[str, str], plugins: list[str]) -> None:
    """Raise ConfigurationError when Pyramid debugs, by the ini or by a PYRAMID_… variable."""
    for key in DEBUGGING:
        if asbool(settings.get(key, False)):
            variable = key.upper().replace(".", "_")
            raise ConfigurationError(
                f"{key}: debugging is on (here, as {key.partition('.')[2]}, or by the environment "
                f"variable {variable}); expected false in production"
            )
    if "pyramid_debugtoolbar" in plugins:
        raise ConfigurationError(
            "pyramid.includes: pyramid_debugtoolbar must not be there in production"
        )
