from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    MISSING,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationInfo,
    field_validator,
)
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from courseshop.domain.text import NONBLANK_TEXT, TEXT
from courseshop.schemas.base import (
    LINE_ENDS,
    RULE,
    WHOLE,
    Input,
    PageLinks,
    PageQuery,
    Version,
    invalid,
)
from courseshop.schemas.course import Count, CourseRef, CourseSummary
from courseshop.schemas.report import Outcome, Reason, ReportOut
from courseshop.schemas.review import FormerText, ReviewOut

Kind = Literal["course", "review"]
# Hiding requires a reason, because the author reads it. `anyOf` is inside `allOf`, because client
# generators read a schema with a top-level `anyOf` as that union alone and drop its properties.
WITH_REASON: JsonDict = {
    "allOf": [
        {
            "anyOf": [
                {"properties": {"decision": {"enum": ["approve", "dismiss"]}}},
                {"required": ["reason"], "properties": {"reason": {"pattern": NONBLANK_TEXT}}},
            ]
        }
    ],
}


class ModerationQuery(PageQuery):
    kind: Kind | None = Field(
        None, description="Only courses or only reviews.", examples=["review"]
    )


class Decision(Input):
    """A moderator's decision about a review; `reason` is stored and shown to its author."""

    model_config = ConfigDict(json_schema_extra=WITH_REASON)

    decision: Outcome
    reason: Annotated[str, Field(max_length=500, pattern=TEXT), LINE_ENDS] = Field(
        "", validate_default=True
    )

    @field_validator("reason")
    @classmethod
    def _given(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("decision") == "hide" and not re.search(NONBLANK_TEXT, value):
            raise invalid("missing", **{RULE: "reason_to_hide"})
        return value


# The number of open reports that the moderator has read; another number makes the decision stale.
Seen = Annotated[int, Field(ge=0, le=1_000_000), WHOLE]


class OneDecision(Decision):
    """A moderator's decision about one review."""

    version: Version | MISSING = MISSING
    reports: Seen | None = None


class KnownReview(Input):
    """A review, with the version and the number of open reports that the moderator has seen."""

    id: Annotated[int, Field(ge=1, lt=10**18), WHOLE]
    version: Annotated[int, Field(ge=1), WHOLE]
    reports: Seen | None = None


def _of_form(value: JsonValue, info: ValidationInfo) -> JsonValue | dict[str, str]:
    """Parse the value of a form's check box: "7.3.2" is review 7, version 3, 2 open reports."""
    if info.mode == "python" and isinstance(value, str):
        return dict(zip(("id", "version", "reports"), value.split(".", 2), strict=False))
    return value


class Decisions(Decision):
    """One decision about several reviews."""

    same_in_forms = False

    reviews: list[Annotated[KnownReview, BeforeValidator(_of_form)]] = Field(
        min_length=1, max_length=100
    )


class CourseTask(TypedDict):
    """A submitted course; decide on it at `links.status`."""

    kind: Literal["course"]
    since: datetime
    course: CourseSummary
    links: dict[str, str]


class ReviewTask(TypedDict):
    """A held or reported review, with its open reports by reason and the possible decisions."""

    kind: Literal["review"]
    since: datetime
    course: CourseRef
    review: ReviewOut
    reasons: dict[Reason, int]
    choices: list[Outcome]
    links: dict[str, str]


class ModerationOut(TypedDict):
    """The moderation queue, longest waiting items first."""

    items: list[CourseTask | ReviewTask]
    total: Count
    total_exact: bool
    links: PageLinks


class Reviewer(TypedDict):
    """When the author's account was created, and their numbers of reviews, in total and hidden."""

    created_at: datetime
    reviews: Count
    hidden: Count


class ReviewCaseOut(TypedDict):
    """A review for moderators, with its author's record, its reports and former texts."""

    review: ReviewOut
    reviewer: Reviewer | None
    reports: list[ReportOut]
    open_reports: Count
    former: list[FormerText]
    choices: list[Outcome]
    version: int
    links: dict[str, str]
