from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, ConfigDict, Field
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from courseshop.schemas.base import LINE_ENDS, SOMETHING, Input, Switch, TextOut, Version
from courseshop.schemas.course import PersonRef

ReplyText = Annotated[
    str, Field(max_length=5_000, pattern=SOMETHING, description="Markdown"), LINE_ENDS
]
# A reply that is published has a text; one that is taken away needs none. Inside of `allOf` for the
# reason that `moderation.WITH_REASON` is.
WITH_TEXT: JsonDict = {
    "allOf": [{"anyOf": [{"properties": {"on": {"const": 0}}}, {"required": ["text"]}]}],
}


class ReplyDraft(Input):
    """What an instructor answers to a review."""

    text: ReplyText


class ReplySwitch(Switch):
    """What a form says: 1 and a text to reply, 0 to take the reply away."""

    model_config = ConfigDict(json_schema_extra=WITH_TEXT)

    text: ReplyText | MISSING = MISSING
    version: Version | MISSING = MISSING


class ReplyOut(TypedDict):
    """What an instructor answers to a review; `author` is null for a former account."""

    author: PersonRef | None
    text: TextOut
    created_at: datetime
    edited_at: datetime | None


class ReplyPageOut(TypedDict):
    """The reply to a review, null where there is none; `version` is 0 then."""

    review: str
    reply: ReplyOut | None
    version: Annotated[int, Field(ge=0)]
    links: dict[str, str]
