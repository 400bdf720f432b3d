"""Query strings: API clients get an error for invalid parameters, browsers the page without them.

People follow links that other sites have cut off or extended, so a browser gets the page and a
notice. An API client gets a 400 that names the parameters.
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
from courseshop.framework.fault_messages import explain
from courseshop.framework.input import Invalid, InvalidQuery, read
from courseshop.framework.negotiation import HTML, form_of
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from courseshop.framework.input import InputFault
    from courseshop.framework.page import Page
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource

IGNORED = _("We ignored a part of this link that isn't valid.")
TRUNCATED = _("This link selects too many options. We used only the first ${max_length}.")
# Environ key: parameters that nobody can read were removed from a browser's query.
IS_REPAIRED = "courseshop.repaired-query"
# The parameter in URLs of files, such as images, that changes with the content, for caches.
VERSION = "v"
# Parameters that people type into a field of the page. Its message is shown there, too.
FIELDS = {"hours"}
# pydantic's error type for a list with too many entries.
TOO_LONG = "too_long"


class NoParameters(BaseModel):
    """The query of a page without parameters."""

    model_config = ConfigDict(extra="forbid")


def check_query(page: Page, place: Resource, request: Request) -> None:
    """Validate the query; that of a GET becomes `request.accepted`.

    A write accepts the parameters of the page that shows its form, and ignores them. Raises Invalid
    for an API client. A browser's invalid parameters are ignored, on a GET with a notice.
    """
    if page.method == "GET":
        accept_query(page, place, request)
    elif form_of(request) != HTML:
        form = adapters.page_with_form(place, page.method, page.name)
        accepts = form[1].accepts if form else None
        known = accepts.model_fields if accepts else ()
        reject((name for name in request.GET if name not in known), "extra_forbidden")


def check_file_query(request: Request) -> None:
    """Raise InvalidQuery if an API client requests a file with other parameters than VERSION."""
    if form_of(request) not in {HTML, None}:
        reject((name for name in request.GET if name != VERSION), "extra_forbidden")


def reject(names: Iterable[str], kind: str) -> None:
    """Raise InvalidQuery with a fault of this kind for each of the parameters, if any."""
    faults: list[InputFault] = [{"type": kind, "loc": (name,)} for name in names]
    if faults:
        raise InvalidQuery(faults)


def accept_query(page: Page, place: Resource, request: Request) -> None:
    """Set `request.accepted` to the validated query, repaired for a browser."""
    if IS_REPAIRED in request.environ:
        add_notices(request, [translate(request, IGNORED)])
    while True:
        try:
            query = read(page.accepts or NoParameters, request)
            reject(foreign_cursors(place, query), "cursor")
        except Invalid as error:
            repair(page, request, error)
        else:
            request.accepted = query if page.accepts else None
            return


# Any: a page's own view, which may return a response.
def view_query(page: Page, place: Resource, request: Request) -> PageData | Any:
    """Call the view of a GET; for a browser, again without the parameters that the view refuses."""
    while True:
        try:
            return page.view(place, request)
        except (Invalid, Unknown) as error:
            repair(page, request, error)
            accept_query(page, place, request)


def repair(page: Page, request: Request, error: Invalid | Unknown) -> None:
    """Remove the parameters that an error names from a browser's query, and add a notice.

    There is no notice about the parameters that the page reports itself.
    Raises the error for an API client, or if there is nothing to remove.
    """
    pairs = list(request.GET.items())
    if form_of(request) != HTML or not pairs:
        raise error
    if isinstance(error, Unknown):
        faults: Sequence[InputFault] = [{"type": error.code, "loc": (error.field,)}]
        notices = [translate(request, error.message), translate(request, IGNORED)]
    else:
        faults = error.faults
        shown = [fault for fault in faults if is_reported(page, fault)]
        request.query_faults = [*request.query_faults, *(explain(one, request) for one in shown)]
        notices = [notice_of(request, fault) for fault in faults if fault not in shown]
    show_at_fields(request, dict(pairs), faults)
    valid = without_faults(pairs, faults)
    # An error of the query as a whole names no parameter, so all are removed.
    request.environ["QUERY_STRING"] = urlencode(valid if len(valid) < len(pairs) else [])
    add_notices(request, notices)


def show_at_fields(request: Request, sent: Mapping[str, str], faults: Iterable[InputFault]) -> None:
    """Let the fields of the page's form show what was sent, and what is wrong with it."""
    for fault in faults:
        name = str(fault["loc"][0])
        if name in FIELDS:
            request.refused_query = {**request.refused_query, name: sent[name]}
            request.query_faults = [*request.query_faults, explain(fault, request)]


def is_reported(page: Page, fault: InputFault) -> bool:
    """Return whether the page itself reports a fault, from `request.query_faults`."""
    return fault["loc"][0] in getattr(page.accepts, "reported_on_page", ())


def add_notices(request: Request, notices: Iterable[str]) -> None:
    request.notice = " ".join(dict.fromkeys(filter(None, [request.notice, *notices])))


def without_faults(
    pairs: Iterable[tuple[str, str]], faults: Iterable[InputFault]
) -> list[tuple[str, str]]:
    """Return the valid parameters; of a list with too many values, the first ones."""
    limits: dict[int | str, int] = {}
    invalid: set[tuple[int | str, ...]] = set()
    for fault in faults:
        if fault["type"] == TOO_LONG:
            limits[fault["loc"][0]] = fault["ctx"]["max_length"]
        else:
            invalid.add(value_at(fault))
    valid = []
    seen: Counter[str] = Counter()
    for name, value in pairs:
        index = seen[name]
        seen[name] += 1
        is_invalid = (name,) in invalid or (name, index) in invalid
        is_beyond_limit = name in limits and index >= limits[name]
        if not is_invalid and not is_beyond_limit:
            valid.append((name, value))
    return valid


def value_at(fault: InputFault) -> tuple[int | str, ...]:
    """Return the name of the parameter at fault; if it is a list, with the index of the value."""
    loc = fault["loc"]
    return loc[:2] if len(loc) > 1 and isinstance(loc[1], int) else loc[:1]


def notice_of(request: Request, fault: InputFault) -> str:
    """Return the notice for a browser's user about a parameter that is ignored."""
    if fault["type"] == TOO_LONG:
        return translate(request, TRUNCATED, fault["ctx"])
    if fault["loc"][0] in FIELDS:
        return explain(fault, request)["message"]
    return translate(request, IGNORED)
