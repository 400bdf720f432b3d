from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.domain.text import TEXT
from courseshop.schemas.base import LINE_ENDS, Input, PageLinks, PageQuery, ReturnQuery
from courseshop.schemas.course import Count, PersonRef

Reason = Literal["spam", "offensive", "off_topic", "false", "other"]
Outcome = Literal["approve", "hide", "dismiss"]


class ReportDraft(Input):
    """A report that a review breaks the rules."""

    reason: Reason
    comment: Annotated[str, Field(max_length=1_000, pattern=TEXT), LINE_ENDS] = ""


class ReportsQuery(PageQuery, ReturnQuery):
    """The query of the reports of a review, whose page has the form to report it."""


class ReportOut(TypedDict):
    """A report of a review; `outcome` is the moderator's decision, null if there is none yet."""

    by: PersonRef
    reason: Reason
    comment: str
    created_at: datetime
    outcome: Outcome | None


class ReportsOut(TypedDict):
    """The reports of a review."""

    items: list[ReportOut]
    total: Count
    total_exact: bool
    links: PageLinks
