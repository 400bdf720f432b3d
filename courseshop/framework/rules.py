"""Check the shop's rules together with the schema, so that a form shows all faults at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.errors import broken, together
from courseshop.framework.conditional import check_sent_version
from courseshop.framework.input import Invalid, read
from courseshop.framework.sent_back import excuse_unchanged

if TYPE_CHECKING:
    from pydantic import BaseModel

    from courseshop.framework.page import Page
    from courseshop.framework.request import Request
    from courseshop.framework.resource import Resource


def read_and_check_rules(page: Page, place: Resource, request: Request) -> BaseModel | None:
    """Return the body, validated by the page's schema and its rules.

    Raises Invalid if the schema rejects a field; its `conflicts` are the rules that the valid
    fields break. Raises these refusals if all fields are valid, but break rules.
    """
    rules = page.rules or (lambda *_any: ())
    try:
        accepted = read(page.accepts, request)
    except Invalid as error:
        excused = excuse_unchanged(page.accepts, place, request, error) if page.accepts else None
        if excused is None:
            error.conflicts = broken(rules(place, request, error.valid))
            raise
        accepted = excused
    check_sent_version(place, accepted)
    names = accepted.model_fields_set if accepted else ()
    sent = {name: getattr(accepted, name) for name in names}
    if found := broken(rules(place, request, sent)):
        raise together(found)
    return accepted
