from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import MISSING, ConfigDict, Field
from pydantic.config import JsonDict
from typing_extensions import TypedDict

from courseshop.domain.text import NONBLANK_TEXT
from courseshop.schemas.base import (
    LINE_ENDS,
    RENDERABLE,
    SENT_TEXT,
    Input,
    ReadOnly,
    Switch,
    TextOut,
    Version,
)
from courseshop.schemas.course import PersonRef

ReplyText = Annotated[
    str,
    Field(max_length=5_000, pattern=NONBLANK_TEXT, description="Markdown"),
    LINE_ENDS,
    RENDERABLE,
]
# `text` is required except to remove a reply. For `allOf`, see `moderation.WITH_REASON`.
WITH_TEXT: JsonDict = {
    "allOf": [{"anyOf": [{"properties": {"on": {"const": 0}}}, {"required": ["text"]}]}],
}


class ReplyDraft(Input):
    """An instructor's reply to a review."""

    text: Annotated[ReplyText, SENT_TEXT]
    version: Version | MISSING = MISSING
    review: ReadOnly | MISSING = MISSING
    reply: ReadOnly | MISSING = MISSING
    links: ReadOnly | MISSING = MISSING
    panels: ReadOnly | MISSING = MISSING


class ReplySwitch(Switch):
    """The form of a reply: 1 and a text to reply, 0 to remove the reply."""

    model_config = ConfigDict(json_schema_extra=WITH_TEXT)

    text: ReplyText | MISSING = MISSING
    version: Version | MISSING = MISSING


class ReplyOut(TypedDict):
    """An instructor's reply to a review; `author` is null if the account was deleted."""

    author: PersonRef | None
    text: TextOut
    created_at: datetime
    edited_at: datetime | None


class ReplyPageOut(TypedDict):
    """The reply to a review. Without a reply, `reply` and `text` are null, and `version` is 0.

    `text` is that of the reply, for PUT.
    """

    review: str
    reply: ReplyOut | None
    text: TextOut | None
    version: Annotated[int, Field(ge=0)]
    links: dict[str, str]
