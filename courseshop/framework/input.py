"""Parse and validate input: a query, a form or JSON."""

from __future__ import annotations

from types import MappingProxyType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NotRequired,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    overload,
)

from pydantic import BaseModel, JsonValue, ValidationError
from pyramid.httpexceptions import HTTPBadRequest
from typing_extensions import ReadOnly, TypedDict

from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.framework import return_to
from courseshop.framework.expected_page import reads_body
from courseshop.framework.negotiation import FORM, FORMS, is_understood, media_type
from courseshop.protection import csrf
from courseshop.protection.request_body import parse_form
from courseshop.schemas.base import VALID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from courseshop.domain.errors import Refused
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request


Accepted = TypeVar("Accepted", bound=BaseModel)
# The form version of the Idempotency-Key header.
IDEMPOTENCY_KEY = "idempotency_key"
# Fields of a form that belong to the request, not to the input of the page.
HIDDEN = {csrf.FIELD, return_to.FIELD, IDEMPOTENCY_KEY}


class Fault(TypedDict):
    """A validation error in the API's format.

    `field` is the path of the field, or "" for the whole input.
    """

    field: str
    code: str
    message: str


class InputFault(TypedDict):
    """A validation error as pydantic reports it; pages may create one with fewer keys.

    `ctx` holds the values for the placeholders in the message, of any type. `required` says that
    the page does not accept the field to be absent.
    """

    type: str
    loc: tuple[int | str, ...]
    msg: ReadOnly[NotRequired[str]]
    input: ReadOnly[NotRequired[JsonValue]]
    ctx: ReadOnly[NotRequired[Mapping[str, Any]]]
    required: NotRequired[bool]


class Invalid(Exception):  # noqa: N818 - the client's error, reported by pydantic
    """The input is not what the page accepts; `faults` lists the errors.

    `fields` are all names in the order of the form, `valid` the values of those that are not at
    fault. `conflicts` are the rules of the shop that these values break.
    """

    def __init__(
        self,
        faults: Sequence[InputFault],
        fields: Sequence[str] = (),
        valid: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults, self.fields, self.valid = faults, fields, valid
        self.conflicts: Sequence[Refused] = ()


class InvalidQuery(Invalid):
    """The query is not what the page accepts, whatever the method."""


def fields(model: type[BaseModel], pairs: Iterable[tuple[str, str]]) -> dict[str, str | list[str]]:
    """Return the fields of a form or query by name.

    The value is a list if `model` declares one, or if the field was sent more than once.
    """
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    lists = {name for name, one in model.model_fields.items() if holds_list(one.annotation)}
    return {
        name: values if name in lists or len(values) > 1 else values[0]
        for name, values in found.items()
    }


# Any: typing has no type for annotations.
def holds_list(annotation: Any) -> bool:
    """Return whether an annotation is a list, or an optional or annotated one."""
    return get_origin(annotation) is list or any(map(holds_list, options_of(annotation)))


def options_of(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, or the type in `Annotated`."""
    if get_origin(annotation) is Annotated:
        return get_args(annotation)[:1]
    return get_args(annotation) if get_origin(annotation) is Union else ()


@overload
def read(accepts: None, request: Request) -> None: ...
@overload
def read(accepts: type[Accepted], request: Request) -> Accepted: ...
def read(accepts: type[Accepted] | None, request: Request) -> Accepted | None:
    """Return the validated input of the page as an instance of `accepts`.

    The input of a GET is its query. JSON is validated strictly ("4" is not a number), forms and
    queries are not, because they contain only text. Raises Invalid for invalid fields, and
    HTTPBadRequest for malformed JSON.
    """
    if accepts is None:
        return None
    valid: dict[str, Any] = {}
    context = {
        VALID: (accepts, valid),
        "currency": request.settings.currency,
        "reserved": shop_of(request.registry).reserved_slugs,
    }
    try:
        if request.method in {"GET", "HEAD"}:
            return read_query(accepts, request)
        if media_type(request) == FORM:
            sent = [pair for pair in request.sent_fields if pair[0] not in HIDDEN]
            return accepts.model_validate(fields(accepts, sent), context=context)
        return accepts.model_validate_json(request.body or b"{}", strict=True, context=context)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        if faults[0]["type"] == "json_invalid":
            raise HTTPBadRequest(
                detail=_("The body is not valid JSON, or is nested too deeply.")
            ) from None
        found = [with_required(accepts, cast("InputFault", fault)) for fault in faults]
        raise Invalid(found, [*accepts.model_fields], valid) from None


def with_required(accepts: type[BaseModel], fault: InputFault) -> InputFault:
    """Return a validation error that says whether its field is required."""
    name = str(fault["loc"][0]) if fault["loc"] else ""
    field = accepts.model_fields.get(name)
    return {**fault, "required": field is not None and field.is_required()}


def read_query(accepts: type[Accepted], request: Request) -> Accepted:
    """Return the validated query, whatever the method. Raises pydantic's ValidationError."""
    return accepts.model_validate(fields(accepts, request.GET.items()))


def read_query_of_form(accepts: type[Accepted] | None, request: Request) -> Accepted | None:
    """Return the query of a form's URL, to show the form's page again.

    An invalid query is replaced by the defaults.
    """
    if accepts is None:
        return None
    try:
        return read_query(accepts, request)
    except ValidationError:
        return accepts()


def sent_fields(request: Request) -> list[tuple[str, str]]:
    """Return the fields of the form in this request; none for a JSON body.

    The body of a GET has no meaning (RFC 9110, section 9.3.1). It must not fill in forms, because a
    cached page would show its fields to other users.
    """
    if request.method in {"GET", "HEAD"} or media_type(request) != FORM:
        return []
    if not is_understood(request) or reads_body(request.environ):
        return []
    return parse_form(request.body)


def submitted(request: Request) -> dict[str, str]:
    """Return the submitted fields by name, to fill in the form again."""
    return {name: value for name, value in request.sent_fields if name not in HIDDEN}


def sent_csrf_token(request: Request) -> str | None:
    return dict(request.sent_fields).get(csrf.FIELD)


def includeme(config: Configurator) -> None:
    config.add_request_method(lambda _request: None, "accepted", reify=True)
    config.add_request_method(lambda _request: FORMS, "forms", reify=True)
    config.add_request_method(lambda _request: (), "faults", reify=True)
    config.add_request_method(lambda _request: (), "query_faults", reify=True)
    config.add_request_method(lambda _request: {}, "refused_query", reify=True)
    config.add_request_method(lambda _request: None, "preview", reify=True)
    config.add_request_method(lambda _request: False, "preview_has_pictures", reify=True)
    config.add_request_method(sent_fields, reify=True)
    config.add_request_method(submitted, reify=True)
    config.add_request_method(sent_csrf_token, reify=True)
