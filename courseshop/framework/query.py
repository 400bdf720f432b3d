"""The query of a request: API clients get an error for an invalid one, browsers the rest of it.

People follow links that others have changed, cut or decorated. They get the page without what it
does not understand, and a notice; a program gets a 400 that names it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict

from courseshop.domain.errors import Unknown
from courseshop.domain.i18n import _
from courseshop.framework import adapters
from courseshop.framework.cursor import foreign_cursors
from courseshop.framework.input import Invalid, InvalidQuery, read
from courseshop.framework.negotiation import HTML, form_of
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from courseshop.framework.input import InputFault
    from courseshop.framework.page import Page
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource

LEFT_OUT = _("We ignored a part of this link that isn't valid.")
FIRST_ONLY = _("Only the first ${max_length} are shown.")
# The parameter of a file, such as an image, that changes with its content.
VERSION = "v"
# pydantic's type of error for a list.
TOO_LONG = "too_long"


class NoParameters(BaseModel):
    """The query of a page without parameters."""

    model_config = ConfigDict(extra="forbid")


def check_query(page: Page, place: Resource, request: Request) -> None:
    """Set `request.accepted` to the query of a GET. Raises InvalidQuery for an API client.

    The query of a write has the parameters of the page with its form. A browser's invalid ones are
    ignored; on a GET, a notice says so.
    """
    if page.method == "GET":
        accept_query(page, place, request)
    elif form_of(request) != HTML:
        form = adapters.page(place, "GET", page.name if page.form is None else page.form)
        known = form.accepts.model_fields if form and form.accepts else ()
        refuse((name for name in request.GET if name not in known), "extra_forbidden")


def check_file_query(request: Request) -> None:
    """Raise InvalidQuery if a client that asks for JSON sends a file a parameter."""
    if form_of(request) not in {HTML, None}:
        refuse((name for name in request.GET if name != VERSION), "extra_forbidden")


def refuse(names: Iterable[str], kind: str) -> None:
    """Raise InvalidQuery with an error of this kind for each of the parameters, if any."""
    faults: list[InputFault] = [{"type": kind, "loc": (name,)} for name in names]
    if faults:
        raise InvalidQuery(faults)


def accept_query(page: Page, place: Resource, request: Request) -> None:
    while True:
        try:
            query = read(page.accepts or NoParameters, request)
            refuse(foreign_cursors(place, query), "cursor")
        except Invalid as error:
            repair(request, error)
        else:
            request.accepted = query if page.accepts else None
            return


# Any: a page's own view, which may return a response.
def view_query(page: Page, place: Resource, request: Request) -> PageData | Any:
    """Return what the view of a GET returns; a browser's parameters that it refuses are ignored."""
    while True:
        try:
            return page.view(place, request)
        except (Invalid, Unknown) as error:
            repair(request, error)
            accept_query(page, place, request)


def repair(request: Request, error: Invalid | Unknown) -> None:
    """Remove from a browser's query what an error names, and say so. Raises the error otherwise."""
    faults = error.faults if isinstance(error, Invalid) else [unknown(error)]
    pairs = list(request.GET.items())
    kept = without(pairs, faults)
    if form_of(request) != HTML or not pairs:
        raise error
    # An error of the query as a whole names none of its parameters.
    request.environ["QUERY_STRING"] = urlencode(kept if len(kept) < len(pairs) else [])
    what = [translate(request, error.message)] if isinstance(error, Unknown) else []
    said = [request.notice, *what, *(notice_of(request, fault) for fault in faults)]
    request.notice = " ".join(dict.fromkeys(filter(None, said)))


def unknown(error: Unknown) -> InputFault:
    return {"type": error.code, "loc": (error.field,)}


def without(
    pairs: Iterable[tuple[str, str]], faults: Sequence[InputFault]
) -> list[tuple[str, str]]:
    """Return the parameters that no fault names, and the first ones of a list that is too long."""
    most = {one["loc"][0]: one["ctx"]["max_length"] for one in faults if one["type"] == TOO_LONG}
    wrong = {value_at(one) for one in faults if one["type"] != TOO_LONG}
    seen: Counter[str] = Counter()
    kept = []
    for name, value in pairs:
        index = seen[name]
        seen[name] += 1
        if not {(name,), (name, index)} & wrong and index < most.get(name, index + 1):
            kept.append((name, value))
    return kept


def value_at(fault: InputFault) -> tuple[int | str, ...]:
    """Return the name of the parameter at fault; if it is a list, with the index of the value."""
    loc = fault["loc"]
    return loc[:2] if len(loc) > 1 and isinstance(loc[1], int) else loc[:1]


def notice_of(request: Request, fault: InputFault) -> str:
    """Return the sentence that tells a browser's user what a page leaves out."""
    if fault["type"] == TOO_LONG:
        return translate(request, FIRST_ONLY, fault["ctx"])
    return translate(request, LEFT_OUT)
