from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import MISSING, BeforeValidator, ConfigDict, Field, JsonValue, ValidationInfo
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from courseshop.schemas.base import (
    LINE_ENDS,
    NO_NUL,
    SOMETHING,
    WHOLE,
    Input,
    PageLinks,
    PageQuery,
    Version,
)
from courseshop.schemas.course import Count, CourseSummary
from courseshop.schemas.report import Outcome, Reason, ReportOut
from courseshop.schemas.review import FormerText, ReviewOut

Kind = Literal["course", "review"]
# The author reads the reason, so there is one. Inside of `allOf`, since generators of clients take
# a schema with `anyOf` for that union alone, without the properties beside it.
WITH_REASON: JsonDict = {
    "allOf": [
        {
            "anyOf": [
                {"properties": {"decision": {"enum": ["approve", "dismiss"]}}},
                {"required": ["reason"], "properties": {"reason": {"pattern": SOMETHING}}},
            ]
        }
    ],
}


class ModerationQuery(PageQuery):
    kind: Kind | None = Field(
        None, description="Only courses, or only reviews.", examples=["review"]
    )


class Decision(Input):
    """What a moderator decides about a review; `reason` is for its author, and kept."""

    model_config = ConfigDict(json_schema_extra=WITH_REASON)

    decision: Outcome
    reason: Annotated[str, Field(max_length=500, pattern=NO_NUL), LINE_ENDS] = ""


# How many open reports the moderator has read; others that came since make it a stale decision.
Seen = Annotated[int, Field(ge=0, le=1_000_000), WHOLE]


class OneDecision(Decision):
    """What a moderator decides about one review."""

    version: Version | MISSING = MISSING
    reports: Seen | None = None


class KnownReview(Input):
    """A review, which version of it the moderator has seen, and how many open reports."""

    id: Annotated[int, Field(ge=1, lt=10**18), WHOLE]
    version: Annotated[int, Field(ge=1), WHOLE]
    reports: Seen | None = None


def _of_form(value: JsonValue, info: ValidationInfo) -> JsonValue | dict[str, str]:
    """Read "7.3.2", as a check box of a form says it: review 7 in version 3 with 2 reports."""
    if info.mode == "python" and isinstance(value, str):
        return dict(zip(("id", "version", "reports"), value.split(".", 2), strict=False))
    return value


class Decisions(Decision):
    """The same decision about several reviews."""

    same_in_forms = False

    reviews: list[Annotated[KnownReview, BeforeValidator(_of_form)]] = Field(
        min_length=1, max_length=100
    )


class CourseTask(TypedDict):
    """A course that was submitted, and where it is decided."""

    kind: Literal["course"]
    since: datetime
    course: CourseSummary
    links: dict[str, str]


class CourseRef(TypedDict):
    """A course, in short."""

    title: str
    url: str


class ReviewTask(TypedDict):
    """A review that is held or reported: how often for what, and what may be decided."""

    kind: Literal["review"]
    since: datetime
    course: CourseRef
    review: ReviewOut
    reasons: dict[Reason, int]
    choices: list[Outcome]
    links: dict[str, str]


class ModerationOut(TypedDict):
    """What waits for moderators, the longest waiting first."""

    items: list[CourseTask | ReviewTask]
    total: Count
    total_exact: bool
    links: PageLinks


class Reviewer(TypedDict):
    """What moderators know of the author of a review."""

    created_at: datetime
    reviews: Count
    hidden: Count


class ReviewCaseOut(TypedDict):
    """A review as moderators see it: with its author's record, its reports and former texts."""

    review: ReviewOut
    reviewer: Reviewer | None
    reports: list[ReportOut]
    open_reports: Count
    former: list[FormerText]
    choices: list[Outcome]
    version: int
    links: dict[str, str]
