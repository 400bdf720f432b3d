"""A page: one Pyramid view, as HTML and JSON (lists also as CSV and Markdown).

Browsers get the view's dict rendered by a template, API clients get it as JSON. Both share one view
because the API contract fixes the order of checks (permission, media type of the body, acceptable
response type), which takes a single control flow.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import orjson
from pyramid.httpexceptions import HTTPForbidden, HTTPNotAcceptable, HTTPNotModified
from pyramid.interfaces import IResponse
from pyramid.renderers import render

from courseshop.database.own_transactions import never_repeated
from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.framework import table as tables
from courseshop.framework.conditional import (
    check_conditions,
    check_version,
    etag,
    matches_if_none_match,
)
from courseshop.framework.going_back import keep_for_going_back, outdate_stored_pages
from courseshop.framework.idempotency import once
from courseshop.framework.input import read_query_of_form
from courseshop.framework.json import dumps
from courseshop.framework.negotiation import (
    BODIES,
    FORMS,
    HTML,
    TABLES,
    answer_type,
    check_media_type,
    form_of,
    offered,
)
from courseshop.framework.page_cache import cached_page, page_key
from courseshop.framework.page_spec import PageSpec
from courseshop.framework.panels import add_panels, panels_of, show_panels
from courseshop.framework.place_acl import members_only
from courseshop.framework.query import check_file_query, check_query, view_query
from courseshop.framework.response_cache import make_replayable, may_replay
from courseshop.framework.responses import finish, finish_own
from courseshop.framework.return_to import return_url
from courseshop.framework.rules import read_and_check_rules
from courseshop.protection import csrf
from courseshop.security import check_scope

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.panels import Panel
    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource


class Page(PageSpec):
    """One method at one place, callable as a Pyramid view."""

    def __call__(self, place: Resource, request: Request) -> PageData | Response | None:
        """Respond to a request; without a `transaction`, no conflict repeats it."""
        with nullcontext() if self.transaction else never_repeated(request):
            return self._respond(place, request)

    def _respond(self, place: Resource, request: Request) -> PageData | Response | None:
        """Check the request in the order that the API contract fixes, then respond to it."""
        if self.deprecated:
            # A callback, so that error responses get the headers, too.
            request.add_response_callback(self.deprecated.tell)
        if self.method != "GET" and not self.raw:
            csrf.check(request)
            check_scope(request)
        if self.check:
            self.check(place, request)
        if self.renderer is None:
            if not self.raw:
                check_file_query(request)
            return finish_own(self._call(place, request), self, place)
        if self.table:
            request.forms = (*FORMS, *TABLES)
        self._check_formats(place, request)
        if self.method == "GET":
            return self._read(place, request)
        if self.repeatable:
            return once(place, request, lambda: self._write(place, request))
        return self._write(place, request)

    def _read(self, place: Resource, request: Request) -> Response:
        panels = self._panels(place)
        tag = self._early_etag(place, request, panels)
        if tag is None:
            return self._build(place, request, None)
        response = self._answer_known(tag, place, request)
        if may_replay(place) and not request.notice and not request.is_incomplete:
            make_replayable(response, page_key(place, tag))
        return response

    def _answer_known(self, tag: str, place: Resource, request: Request) -> Response:
        """Return the response with a known ETag: a 304, the cached one, or a new one."""
        if matches_if_none_match(request, tag):
            return finish(HTTPNotModified(), request, tag)
        if self.accepts is not None and request.query_string:
            # Neither the ETag nor the cache key covers the query.
            return self._build(place, request, tag)
        key = page_key(place, tag)
        return cached_page(key, request, lambda: self._build(place, request, tag))

    def _build(self, place: Resource, request: Request, tag: str | None) -> Response:
        value = view_query(self, place, request)
        if IResponse.providedBy(value):
            return value
        return self._answer_read(place, request, self._checked(value, request), tag)

    def _write(self, place: Resource, request: Request) -> Response:
        check_conditions(place, request)
        if self.accepts and "version" in self.accepts.model_fields:
            check_version(place, request)
        request.accepted = read_and_check_rules(self, place, request)
        value = self._call(place, request)
        if IResponse.providedBy(value):
            return value
        # None is valid: success without content.
        known = None if value is None else self._checked(value, request)
        return self._answer_write(place, request, known)

    def _call(self, place: Resource, request: Request) -> PageData | Response | None:
        if not self.transaction:
            # The view may wait for another server, and must not keep a connection meanwhile.
            request.database.end_reading()
        if self.stream:
            # An attempt before this one may have read it.
            request.environ["wsgi.input"].seek(0)
        return self.view(place, request)

    def _check_formats(self, place: Resource, request: Request) -> None:
        """Raise the error for a bad media type (415), query (400) or Accept header (406)."""
        self.check_media_type(request)
        check_query(self, place, request)
        if form_of(request) is None:
            types = {"types": ", ".join(offered(request.forms))}
            message = _("This page is available in these formats: ${types}.", mapping=types)
            raise HTTPNotAcceptable(detail=message)

    def _answer_read(
        self, place: Resource, request: Request, value: PageData, tag: str | None
    ) -> Response:
        self.show(place, request, value)
        key, response = place.key(), request.response
        if request.is_incomplete or (request.notice and form_of(request) == HTML):
            response.headers["Cache-Control"] = "no-store"
            return finish(response, request, None)
        if members_only(place):
            # After a logout, the back button must not show this to the next user of the browser.
            response.headers["Cache-Control"] = "no-store"
        tag = tag or etag(request, (answer_type(request), response.body), key[0] if key else None)
        if matches_if_none_match(request, tag):
            return finish(HTTPNotModified(), request, tag)
        return finish(response, request, tag)

    def _answer_write(self, place: Resource, request: Request, value: PageData | None) -> Response:
        response = request.response
        if form_of(request) == HTML:
            # Post/Redirect/Get: going back and forward never submits the form again.
            response.status_int = 303
            outdate_stored_pages(request)
            response.location = return_url(request, response.location or place.url())
        elif value is None:
            response.status_int = 204
            response.content_type = None
            response.headers.pop("Location", None)
        else:
            if response.status_int != 201:
                response.headers.pop("Location", None)
            self.show(place, request, value)
        return finish(response, request, None)

    def show(self, place: Resource, request: Request, value: PageData) -> None:
        """Write `value` into the response, in the format that the client prefers."""
        response, form = request.response, form_of(request)
        if form == HTML:
            shown = {**value, "panels": show_panels(self._panels(place), place, request)}
            response.text = render(self.renderer or "", shown, request, package=self.package)
        elif self.table and form in TABLES:
            plain = orjson.loads(dumps(self.data(place, request, value)))
            response.content_type = form
            response.text = tables.write(request, form, self.table, plain)
        else:
            response.content_type = answer_type(request)
            response.charset = None
            response.body = dumps(self.data(place, request, value))

    def data(self, place: Resource, request: Request, value: PageData) -> PageData:
        """Return the JSON of the view's `value`, panels included."""
        return add_panels(self._declared(value), self._panels(place), place, request)

    def show_again(self, place: Resource, request: Request, status: int) -> Response:
        """Show this form again in response to a POST that was rejected or asks for a preview."""
        if not place.permits(self.permission):
            raise HTTPForbidden
        request.accepted = read_query_of_form(self.accepts, request)
        request.response.status_int = status
        self.show(place, request, self.value(place, request))
        # The Link header of a list on this page does not apply to the response to a POST.
        request.response.headers.pop("Link", None)
        response = finish(request.response, request, None)
        return response if members_only(place) else keep_for_going_back(response)

    def value(self, place: Resource, request: Request) -> PageData:
        """Return the view's dict. Raises TypeError if it returns a response of its own."""
        return self._checked(self.view(place, request), request)

    def _checked(self, value: PageData | Response | None, request: Request) -> PageData:
        """Return `value`.

        Raises TypeError if it is not a dict or, in development, contains anything but plain data.
        """
        name = f"{self.view.__module__}.{self.view.__qualname__}"
        if not isinstance(value, dict):
            raise TypeError(f"{name} returned {type(value).__name__}; a page returns a dict")
        if request.settings.mode == "development":
            try:
                dumps(value)
            except TypeError as error:
                raise TypeError(f"{name} returned more than plain data: {error}") from error
        return value

    def _declared(self, value: PageData) -> PageData:
        """Return only the keys that `returns` declares; the others are for the template."""
        if self.returns is None:
            return value
        keys = self.returns.__annotations__
        return {key: part for key, part in value.items() if key in keys}

    def _panels(self, place: Resource) -> list[Panel]:
        if self.method != "GET" or self.name:
            return []
        panels = panels_of(place)
        allowed = {verb for verb in {panel.permission for panel in panels} if place.permits(verb)}
        return [panel for panel in panels if panel.permission in allowed]

    def _early_etag(self, place: Resource, request: Request, panels: list[Panel]) -> str | None:
        """Return the page's ETag if it is known before the page is built, else None."""
        # A page with a name may depend on more than the place's key.
        key = place.key() if not self.name else None
        unknown = any(panel.key is None for panel in panels) or request.notice
        if key is None or unknown or shop_of(request.registry).release is None:
            return None
        depends = [panel.state(place, request) for panel in panels]
        if request.is_incomplete:
            return None
        return etag(request, (self.name, answer_type(request), key, depends), version=key[0])

    def check_media_type(self, request: Request) -> None:
        if self.accepts is not None and self.method != "GET" and request.body:
            check_media_type(request, BODIES[self.method])
