"""The fields of an imported file."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from courseshop.domain.clock import now
from courseshop.schemas.base import Moment, Slug, UsernameIn, Words
from courseshop.schemas.course import Status, Title
from courseshop.schemas.review import ReviewDraft
from courseshop.services import instructor


def not_in_future(moment: datetime) -> datetime:
    if moment > now():
        raise PydanticCustomError("future", "This time is in the future.")
    return moment


class ReviewLine(ReviewDraft):
    """A review in a file, with its author (`by`) and time (`at`)."""

    by: UsernameIn
    at: Annotated[Moment, AfterValidator(not_in_future)]


class NamedCategory(BaseModel):
    """A category as in the shop's JSON, or a text that is its slug or title (here: `title`)."""

    slug: Slug | None = None
    title: Annotated[Words, Field(max_length=100)]

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, sent: JsonValue) -> JsonValue:
        return {"title": sent} if isinstance(sent, str) else sent


class CourseFile(BaseModel):
    """A parsed file: these fields, and as extras the other fields of a `CourseDraft`."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[Words, Field(max_length=200, coerce_numbers_to_str=True)] | None = None
    slug: Slug | None = None
    title: Title
    category: NamedCategory = Field(description="slug or title, or both: `{slug, title}`")
    status: Status | None = None
    instructors: list[UsernameIn] | None = Field(None, max_length=instructor.MOST)
    published: Annotated[Moment, AfterValidator(not_in_future)] | None = None
    currency: str | None = None
    reviews: list[ReviewLine] = Field(default_factory=list)

    @field_validator("reviews")
    @classmethod
    def _one_each(cls, lines: list[ReviewLine]) -> list[ReviewLine]:
        for name, times in Counter(line.by for line in lines).items():
            if times > 1:
                text = "{name} reviews the course {times} times."
                raise PydanticCustomError("reviews", text, {"name": name, "times": times})
        return lines
