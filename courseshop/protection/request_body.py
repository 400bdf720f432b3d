"""The bodies that pages read: JSON, and URL-encoded forms."""

from __future__ import annotations

from urllib.parse import parse_qsl

import orjson
from pyramid.httpexceptions import HTTPBadRequest

from courseshop.domain.i18n import _

MOST_FIELDS = 1_000


class TooManyFields(ValueError):  # noqa: N818 - the client's error
    """The form has more than `MOST_FIELDS` fields."""


def parse_form(body: bytes) -> list[tuple[str, str]]:
    """Return the fields of a URL-encoded form.

    UTF-8 need not be percent-encoded: `curl -d 'name=café'` does not. Raises ValueError if the form
    is not valid UTF-8, and TooManyFields.
    """
    text = body.decode("utf-8")
    if text.count("&") >= MOST_FIELDS:
        raise TooManyFields
    return parse_qsl(text, keep_blank_values=True, errors="strict")


def check_json(body: bytes) -> None:
    try:
        orjson.loads(body or b"{}")
    except orjson.JSONDecodeError as error:
        detail = _("The body is not valid JSON: ${reason}", mapping={"reason": str(error)})
        raise HTTPBadRequest(detail=detail) from None


def check_form(body: bytes) -> None:
    try:
        parse_form(body)
    except TooManyFields:
        detail = _("A form can have at most ${most} fields.", mapping={"most": MOST_FIELDS})
        raise HTTPBadRequest(detail=detail) from None
    except ValueError:
        raise HTTPBadRequest(detail=_("The body is not a valid form in UTF-8.")) from None


def decode(value: bytes, otherwise: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPBadRequest(detail=otherwise) from None
