"""What a client sends back as it has read it is accepted, even if a rule of today would refuse it.

An earlier release may have stored a text with a character that this one refuses, or a longer one.
Whoever edits another field must not have to mend it first. The fields are compared only if the
schema refuses one of them, because that takes the whole page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import orjson

from courseshop.domain.text import with_line_feeds
from courseshop.framework import adapters
from courseshop.framework.json import dumps
from courseshop.framework.negotiation import FORM, media_type
from courseshop.schemas.base import Input, ReadOnly

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue

    from courseshop.framework.input import Invalid
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource


def read_only_names(accepts: type[BaseModel]) -> set[str]:
    """Return the fields of a body that a client may send back, but not change."""
    fields = accepts.model_fields.items()
    return {name for name, field in fields if ReadOnly in get_args(field.annotation)}


# Any: it is the JSON of any page.
def stored(place: Resource, request: Request, query: BaseModel | None = None) -> dict[str, Any]:
    """Return the JSON of a place's own page as it is now, by default with no query."""
    front = adapters.page(place, "GET", "")
    if front is None:
        return {}
    accepted = request.accepted
    request.accepted = query or (front.accepts() if front.accepts else None)
    try:
        data = front.data(place, request, front.value(place, request))
    finally:
        request.accepted = accepted
    found: dict[str, Any] = orjson.loads(dumps(data))
    return found


def excuse_unchanged(
    accepts: type[BaseModel], place: Resource, request: Request, error: Invalid
) -> BaseModel | None:
    """Return the body without the fields at fault if all of them were sent as they are stored.

    Otherwise remove the faults of such fields from `error`, and return None.
    """
    if not (issubclass(accepts, Input) and read_only_names(accepts)):
        return None
    with request.database.reading():
        known = stored(place, request)
    unchanged = unchanged_names(accepts, request, known)
    error.faults = [one for one in error.faults if not set(one["loc"][:1]) & unchanged]
    return None if error.faults else accepts.model_construct({*error.valid}, **error.valid)


def unchanged_names(
    accepts: type[Input], request: Request, known: dict[str, JsonValue]
) -> set[str]:
    """Return the fields of a body whose values are those of the JSON `known`."""
    if media_type(request) == FORM:
        texts = request.submitted.items()
        return {
            name
            for name, text in texts
            if name in known and plain(text) == plain(accepts.form_text(name, known[name]))
        }
    sent = orjson.loads(request.body or b"{}")
    fields = sent.items() if isinstance(sent, dict) else ()
    return {name for name, value in fields if name in known and is_unchanged(value, known[name])}


def plain(text: str) -> str:
    return with_line_feeds(text).strip()


def is_unchanged(sent: JsonValue, known: JsonValue) -> bool:
    """Return whether a value is the stored one, or part of it; a text may be its Markdown.

    Null, where there is nothing, is not a value.
    """
    if isinstance(known, dict):
        if isinstance(sent, str):
            return sent == known.get("markdown")
        return isinstance(sent, dict) and all(
            name in known and is_unchanged(value, known[name]) for name, value in sent.items()
        )
    return known is not None and sent == known
