"""The settings of the shop: the type, default and meaning of each."""

from __future__ import annotations

import re
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, model_validator

from courseshop.settings.appearance import Appearance
from courseshop.settings.types import (
    Currency,
    Holds,
    Hosts,
    Limit,
    LimitOrNone,
    Locales,
    MailServer,
    Sender,
    Throttles,
    Url,
)

PREFIX = "courseshop."
# Words and phrases from repositories and tutorials, which add nothing to a secret.
KNOWN_SECRETS = re.compile(
    r"development only, everyone can read this|change.?me|secret|seekrit|password|example"
    r"|courseshop"
)
SHORTEST_UNKNOWN = 16
SHORTEST_SECRET = 32


class Settings(Appearance):
    """The `courseshop.*` settings of an `.ini` file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    mode: Literal["development", "production"] = Field(
        "production",
        description="production refuses weak secrets, a missing URL, outdated database schemas and "
        "debugging",
    )
    secret: str = Field(
        "",
        description="at least 32 random characters, the same on all machines; signs emailed links",
    )
    hosts: Hosts = Field(
        (),
        description="host names that requests may use, without ports; empty: the host of "
        "courseshop.url or, without courseshop.url, any host",
    )
    url: Url = Field(
        "",
        description="public URL of the shop, such as https://shop.example, for links in emails; "
        "empty (only in development): the URL of the request",
    )
    currency: Currency = Field("USD", description="currency of all prices (ISO 4217)")
    locales: Locales = Field(
        ("en",), description="locales offered to users, the default first, such as: en de pt_BR"
    )
    max_body: int = Field(1_048_576, ge=1024, description="maximum size of a request body in bytes")
    kept_mib: int = Field(
        8,
        ge=0,
        le=65_536,
        description="size of each process's page cache for guests, in MiB; 0: no cache",
    )
    write_attempts: int = Field(
        5, ge=1, le=20, description="maximum attempts for a write that conflicts with another one"
    )
    threads: int = Field(
        4,
        ge=2,
        le=1_000,
        description="threads of each server process, or a lower number; requests that wait never "
        "use all of them (docs/serving.md)",
    )
    connect_seconds: int = Field(
        2,
        ge=1,
        le=60,
        description="PostgreSQL and MariaDB: maximum seconds to wait for a connection",
    )
    statement_seconds: int = Field(
        5,
        ge=1,
        le=3_600,
        description="PostgreSQL and MariaDB: maximum seconds that a statement of a request may "
        "take; then 503",
    )
    lock_seconds: int = Field(
        2,
        ge=1,
        le=3_600,
        description="PostgreSQL and MariaDB: maximum seconds that a request waits for a lock; then "
        "503",
    )
    sqlite_synchronous: Literal["normal", "full"] = Field(
        "full",
        description="SQLite: with full, commits survive a power failure; with normal, they survive "
        "only a crash of the shop",
    )

    publishing: Literal["instructors", "moderators"] = Field(
        "moderators",
        description="moderators: only moderators can publish courses; instructors: instructors can "
        "also publish their own",
    )
    hold_reviews: Holds = Field(
        (),
        description="reviews that a moderator must approve before they are published: all, new (by "
        "new accounts), links (with links), or new links (either); empty: none",
    )
    new_account_days: int = Field(
        7,
        ge=1,
        le=3_650,
        description="days for which an account counts as new (see courseshop.hold_reviews)",
    )
    report_limit: Limit = Field(
        "20 per hour",
        validate_default=True,
        description="maximum number of reviews that one account may report",
    )
    preview_limit: Limit = Field(
        "60 per minute",
        validate_default=True,
        description="maximum number of texts that one account may preview",
    )
    wishlists_limit: int = Field(
        50, ge=1, le=1_000, description="maximum number of wishlists per account"
    )
    wishes_limit: int = Field(
        200, ge=1, le=1_000, description="maximum number of courses on a wishlist"
    )
    count_shares: bool = Field(
        True,
        description="true: share links on course pages go through the shop, which counts shares "
        "for each network; false: they go directly to the network",
    )
    hsts_seconds: int = Field(
        0,
        ge=0,
        description="seconds for which browsers must use HTTPS (HSTS); set it once HTTPS works; "
        "0: no header",
    )
    shared_seconds: int = Field(
        0,
        ge=0,
        le=86_400,
        description="seconds for which nginx or a CDN (docs/proxy.md) may serve cached pages to "
        "guests without asking the shop; 0: not at all",
    )
    session_idle_days: int = Field(
        14, ge=1, le=3_650, description="days without a visit after which a session ends"
    )
    session_days: int = Field(
        90, ge=1, le=3_650, description="days after which a session ends in any case"
    )
    unconfirmed: Literal["nothing", "read", "write"] = Field(
        "read",
        description="what an account may do before its email address is confirmed: nothing (not "
        "even log in), read, or write (no restrictions)",
    )
    password_slots: int = Field(
        2,
        ge=1,
        le=64,
        description="maximum number of passwords hashed at the same time, below "
        "courseshop.threads; each takes 19 MiB, and one core for 70 ms",
    )
    throttles: Throttles = Field(
        "memory",
        description="where rate limits are counted: memory (in each process separately), database, "
        "or redis://host:6379",
    )
    login_limit: Limit = Field(
        "10 per 5 minutes",
        validate_default=True,
        description="failed logins to one account from one IP address",
    )
    login_limit_address: Limit = Field(
        "100 per 5 minutes",
        validate_default=True,
        description="failed logins from one IP address, to any account",
    )
    login_limit_shop: Limit = Field(
        "1000 per 5 minutes",
        validate_default=True,
        description="failed logins in the whole shop",
    )
    reset_limit: Limit = Field(
        "5 per day",
        validate_default=True,
        description="password-reset and confirmation emails per recipient and requesting IP "
        "address",
    )
    mail_limit: Limit = Field(
        "20 per day",
        validate_default=True,
        description="the same emails per recipient, from all IP addresses",
    )
    register_limit: Limit = Field(
        "20 per hour", validate_default=True, description="new accounts from one IP address"
    )
    token_limit: LimitOrNone = Field(
        "1000 per minute",
        validate_default=True,
        description="requests with one API token; empty: no limit",
    )
    session_limit: LimitOrNone = Field(
        "600 per minute",
        validate_default=True,
        description="requests for pages with one session; empty: no limit",
    )
    keep_audit_days: int = Field(
        365,
        ge=1,
        le=36_500,
        description="days after which entries of the security log are removed",
    )
    keep_mail_days: int = Field(
        90,
        ge=1,
        le=36_500,
        description="days after which finished and failed jobs, such as emails, are removed",
    )
    mail: MailServer = Field(
        "console",
        description="where the worker sends emails: console, smtp://host:25, "
        "smtp+starttls://name:password@host:587 or smtps://name:password@host:465",
    )
    mail_from: Sender = Field(
        "courseshop <courseshop@localhost>", description="sender of the shop's emails"
    )

    @model_validator(mode="after")
    def _secret_is_secret(self) -> Self:
        if self.mode == "production":
            weakness = secret_weakness(self.secret)
            if weakness:
                raise ValueError(f"{PREFIX}secret: {weakness}")
        return self

    @model_validator(mode="after")
    def _a_thread_stays_free(self) -> Self:
        if self.password_slots >= self.threads:
            raise ValueError(
                f"{PREFIX}password_slots: {self.password_slots} is too many for {PREFIX}threads = "
                f"{self.threads}; expected at most {self.threads - 1}, so that a thread stays free"
            )
        return self

    @model_validator(mode="after")
    def _has_a_url(self) -> Self:
        # A client can send any host, and a mailed link to that host would leak its secret.
        if self.mode == "production" and not self.url:
            raise ValueError(
                f"{PREFIX}url: missing; set it to the public URL of the shop, such as "
                "https://shop.example"
            )
        return self

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """The host names that requests may use, without ports; empty: any."""
        own = urlsplit(self.url).hostname
        return self.hosts or ((own,) if own else ())


def secret_weakness(secret: str) -> str | None:
    """Return why `secret` is too weak for production, None if it is strong enough."""
    if not secret:
        return "missing; set it to at least 32 random characters, or to env:COURSESHOP_SECRET"
    if len(secret) < SHORTEST_SECRET:
        return f"too short ({len(secret)} characters); expected at least {SHORTEST_SECRET}"
    # The rest of the secret, without known words, must be long enough to resist guessing.
    if len(KNOWN_SECRETS.sub("", secret.lower())) < SHORTEST_UNKNOWN:
        return "made of well-known words; expected random characters"
    if len(set(secret)) < SHORTEST_SECRET // 4:
        return "too regular; expected random characters"
    return None
