"""The fields of a URL-encoded form (application/x-www-form-urlencoded)."""

from __future__ import annotations

from urllib.parse import parse_qsl

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
