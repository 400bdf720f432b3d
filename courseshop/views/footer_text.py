"""The texts that the footer links to: the terms of use, the privacy policy, the contact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain import markdown
from courseshop.domain.shop import shop_of
from courseshop.rendering.locales import translate
from courseshop.resources import Root
from courseshop.schemas.shop import FooterTextOut
from courseshop.views.navigation import FOOTER_TEXTS

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request

TEXT = "courseshop:templates/footer_text.jinja2"


def footer_text(_place: Root, request: Request) -> PageData:
    """Show a text of the operator's."""
    source = getattr(request.settings, request.view_name).markdown
    title = translate(request, FOOTER_TEXTS[request.view_name])
    return {"title": title, "text": {"markdown": source, "html": markdown.render(source)}}


def includeme(config: Configurator) -> None:
    """Add the pages of the texts that the operator has set. A URL needs no page."""
    settings = shop_of(config.registry).settings
    for name in FOOTER_TEXTS:
        if getattr(settings, name).markdown:
            config.add_page(
                footer_text, context=Root, name=name, renderer=TEXT, returns=FooterTextOut
            )
