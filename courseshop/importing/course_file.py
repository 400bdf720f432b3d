"""The fields of an imported file."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator
from pydantic_core import PydanticCustomError

from courseshop.domain.clock import now
from courseshop.schemas.base import Moment, Slug, UsernameIn, Words
from courseshop.schemas.course import Status, Title
from courseshop.schemas.review import ReviewDraft
from courseshop.services import instructor

if TYPE_CHECKING:
    from datetime import datetime


class ReviewLine(ReviewDraft):
    """A review in a file, with its author (`by`) and time (`at`)."""

    by: UsernameIn
    at: Moment


class NamedCategory(BaseModel):
    """A category as in the shop's JSON, or a text that is its slug or title (here: `title`)."""

    slug: Slug | None = None
    title: Words

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
    published: Moment | None = None
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

    @field_validator("published")
    @classmethod
    def _is_past(cls, moment: datetime | None) -> datetime | None:
        if moment and moment > now():
            raise PydanticCustomError("future", "This time is in the future.")
        return moment
