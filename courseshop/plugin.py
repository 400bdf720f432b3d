"""The public API for plugins, besides `courseshop.resources` and the configuration directives.

These names are stable across releases; any other name may change. docs/plugins.md explains them.
"""

from __future__ import annotations

from courseshop import jobs
from courseshop.database.base import Base
from courseshop.database.migrations import run as run_migrations
from courseshop.database.stale import StaleEdit
from courseshop.database.transactions import run_after_response, writing
from courseshop.database.types import Id, LongBytes, LongText, Money, UtcDateTime
from courseshop.domain.actor import Actor
from courseshop.domain.clock import now
from courseshop.domain.errors import Conflict, NotAllowed, Refused
from courseshop.domain.events import (
    AccountRenamed,
    CategoryChanged,
    CategoryCreated,
    Committed,
    CourseCreated,
    CourseEdited,
    CoursePublished,
    EmailConfirmed,
    Enrolled,
    Event,
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
    publish,
)
from courseshop.domain.markdown import render as render_markdown
from courseshop.framework.add_page import page
from courseshop.framework.configurator import Configurator
from courseshop.framework.deprecation import Deprecation
from courseshop.framework.request import PageData, Request
from courseshop.framework.resource import Resource, RowResource
from courseshop.framework.responses import collection, created
from courseshop.schemas.base import Input, Line, Moment, PageLinks, PageQuery, RowId, Slug, Username
from courseshop.services.paging import Keyset, Slice, Total, paginate
from courseshop.services.public import courses, enrolments, users
from courseshop.services.stamps import touch

__all__ = [
    "AccountRenamed",
    "Actor",
    "Base",
    "CategoryChanged",
    "CategoryCreated",
    "Committed",
    "Configurator",
    "Conflict",
    "CourseCreated",
    "CourseEdited",
    "CoursePublished",
    "Deprecation",
    "EmailConfirmed",
    "Enrolled",
    "Event",
    "Id",
    "Input",
    "InstructorsChanged",
    "Keyset",
    "Left",
    "Line",
    "LoggedIn",
    "LongBytes",
    "LongText",
    "Moment",
    "Money",
    "NotAllowed",
    "PageData",
    "PageLinks",
    "PageQuery",
    "Refused",
    "Registered",
    "Replied",
    "Request",
    "Resource",
    "ReviewChanged",
    "ReviewModerated",
    "ReviewReported",
    "ReviewWritten",
    "RoleChanged",
    "RowId",
    "RowResource",
    "Slice",
    "Slug",
    "StaleEdit",
    "StatusChanged",
    "Total",
    "Unwished",
    "Username",
    "UtcDateTime",
    "VoteWithdrawn",
    "Voted",
    "Wished",
    "collection",
    "courses",
    "created",
    "enrolments",
    "jobs",
    "now",
    "page",
    "paginate",
    "publish",
    "render_markdown",
    "run_after_response",
    "run_migrations",
    "touch",
    "users",
    "writing",
]
