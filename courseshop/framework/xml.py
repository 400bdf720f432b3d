"""XML documents: one media type, regardless of `Accept`, and 304 if nothing has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPNotModified
from pyramid.renderers import render

from courseshop.domain.text import for_xml
from courseshop.framework.conditional import etag, matches_if_none_match
from courseshop.framework.responses import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.response import Response

    from courseshop.framework.request import PageData, Request


def document(request: Request, content_type: str, template: str, facts: PageData) -> Response:
    """Return the template rendered with `facts`, with an ETag of the whole text."""
    body = written(template, facts, request)
    return answer(request, content_type, etag(request, (body,)), lambda: body)


def answer(request: Request, content_type: str, tag: str, write: Callable[[], str]) -> Response:
    """Return a response with the text of `write()`, or 304 without calling it."""
    if matches_if_none_match(request, tag):
        return finish(HTTPNotModified(), request, tag)
    response = request.response
    response.content_type = content_type
    response.text = write()
    return finish(response, request, tag)


def written(template: str, facts: PageData, request: Request) -> str:
    return for_xml(render(template, facts, request))
