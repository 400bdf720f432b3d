"""Operation Objects: one method at one place, generated from the registered page."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from courseshop.framework.negotiation import BODIES, FORM, JSON
from courseshop.framework.openapi import headers, parameters, responses
from courseshop.framework.openapi.access import UNKNOWN
from courseshop.framework.openapi.objects import part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from courseshop.framework.openapi.access import Access
    from courseshop.framework.openapi.components import Schemas
    from courseshop.framework.openapi.examples import Examples
    from courseshop.framework.openapi.objects import Object
    from courseshop.framework.page import Page
    from courseshop.framework.resource import Resource
    from courseshop.framework.traversal import PlaceKind

SHOP = "shop"
NOT_KNOWN = "Who may use this is known only at the request. Guests may be refused."
SIGNER = "other servers, by a signature"
SIGNED = "For other servers: the request is authorized by its content, such as a signature."
# The body of a page whose view reads it, of any media type.
ANY_BODY: Object = {"required": True, "content": {"*/*": {}}}


@dataclass(frozen=True)
class Operation:
    """A page at one kind of place; `places` are sample places, `access` is who may use it."""

    page: Page
    kind: PlaceKind
    places: Sequence[Resource]
    access: Access
    tag: str

    @property
    def path(self) -> str:
        name = self.page.name
        return f"{self.kind.path}/{name}" if name else self.kind.path or "/"

    @property
    def key(self) -> str:
        return f"{self.page.method} {self.path}"

    def described(self, schemas: Schemas, examples: Examples) -> Object:
        """Return the Operation Object."""
        page = self.page
        query = page.accepts if page.method == "GET" else None
        found: Object = {
            "operationId": identifier(page.method, self.path),
            "summary": summary(page),
            "description": self.description(),
            "tags": [self.tag],
            "security": [{}] if page.raw else self.access.requirement(),
            "x-who-may": [SIGNER] if page.raw else list(self.access.who),
            "parameters": [
                *parameters.in_path(self.path, self.kind, schemas, examples),
                *(parameters.in_query(query) if query else ()),
                *headers.parameters(page),
            ],
        }
        if page.accepts and not query:
            found["requestBody"] = self.body(page.accepts, schemas, examples)
        if page.raw or page.stream:
            found["requestBody"] = ANY_BODY
        if page.deprecated:
            found["deprecated"] = True
        return {**found, "responses": self.responses(schemas, examples)}

    def description(self) -> str:
        """Return the docstring of the view, and the users who may use the page."""
        text = inspect.getdoc(self.page.view) or f"{summary(self.page)}."
        return f"{text}\n\n{self.users()}"

    def users(self) -> str:
        """Return a sentence about who may use the page."""
        users = self.access.who
        if self.page.raw:
            return SIGNED
        if UNKNOWN in users:
            return NOT_KNOWN
        listed = f"{', '.join(users[:-1])} and {users[-1]}" if len(users) > 1 else users[0]
        token = "" if self.access.by_token else " API tokens are not accepted."
        return f"For {listed}.{token}"

    def body(self, accepts: type[BaseModel], schemas: Schemas, examples: Examples) -> Object:
        page = self.page
        example = examples.sent(self.key)
        json: Object = {"schema": schemas.of(accepts, "validation"), **example}
        content: Object = {kind: json for kind in BODIES[page.method] if kind != FORM}
        if FORM in BODIES[page.method] and is_described(page):
            content[FORM] = {"schema": schemas.of_form(accepts), **example}
        return {"required": needs_body(accepts), "content": content}

    def responses(self, schemas: Schemas, examples: Examples) -> Object:
        page = self.page
        found: Object = {}
        for status in responses.statuses(page, self.access, self.places):
            one = responses.response(page, status, schemas, summary(page))
            content = part(one, "content")
            if JSON in content:
                part(content, JSON).update(examples.answered(self.key, status))
                one |= examples.beside(self.key, status)
            found[str(status)] = one
        return {**found, "default": {"$ref": "#/components/responses/Problem"}}


def needs_body(accepts: type[BaseModel]) -> bool:
    """Return whether a request without a body, which is read as `{}`, is invalid."""
    try:
        accepts.model_validate_json(b"{}", strict=True)
    except ValidationError:
        return True
    return False


def identifier(method: str, path: str) -> str:
    """Return a stable operation ID, made of the method and the path."""
    words = path.replace("{", "").replace("}", "").strip("/").replace(".", "-").split("/")
    return "-".join([method.lower(), *(words if path != "/" else [SHOP])])


def summary(page: Page) -> str:
    lines = (page.view.__doc__ or "").strip().splitlines()
    return lines[0].rstrip(".") if lines else page.view.__name__.replace("_", " ").capitalize()


def is_described(page: Page) -> bool:
    """Return whether the form of a page has the same fields as its JSON."""
    return getattr(page.accepts, "same_in_forms", True)
