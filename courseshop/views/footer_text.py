"""The texts that the footer links to: the terms of use, the privacy policy, the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyramid.httpexceptions import HTTPNotFound

from courseshop.domain import markdown
from courseshop.framework.add_page import page
from courseshop.rendering.locales import translate
from courseshop.resources import Root
from courseshop.schemas.shop import FooterTextOut
from courseshop.views.navigation import FOOTER_TEXTS

if TYPE_CHECKING:
    from courseshop.framework.request import PageData, Request

TEXT = "courseshop:templates/footer_text.jinja2"


@page(context=Root, name="contact", renderer=TEXT, returns=FooterTextOut)
@page(context=Root, name="terms", renderer=TEXT, returns=FooterTextOut)
@page(context=Root, name="privacy", renderer=TEXT, returns=FooterTextOut)
def footer_text(_place: Root, request: Request) -> PageData:
    """Show a text of the operator's. Not found if the shop has none, or links to another site."""
    source = getattr(request.settings, request.view_name).markdown
    if not source:
        raise HTTPNotFound
    title = translate(request, FOOTER_TEXTS[request.view_name])
    return {"title": title, "text": {"markdown": source, "html": markdown.render(source)}}
