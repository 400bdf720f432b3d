"""The style guide: every component in its states. Only in development."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pyramid.renderers import render

from courseshop.domain.shop import shop_of
from courseshop.resources import Root
from courseshop.views.navigation import Group, Link

if TYPE_CHECKING:
    from pyramid.response import Response

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import PageData, Request

NAME = "styleguide"
TEMPLATE = "courseshop:templates/styleguide.jinja2"
COLORS = (
    "paper", "sunken", "raised", "tint", "line", "line-button", "line-control", "ink", "ink-2",
    "ink-3", "accent", "accent-strong", "accent-soft", "accent-line", "on-accent", "star", "good",
    "good-soft", "warn", "warn-soft", "bad", "bad-soft",
)  # fmt: skip
COURSES = (
    ("Fingerstyle Guitar from the Very First String", "music-and-photography", "89.00", 4.5, 52),
    ("Messy Data", "data-science", "12.50", None, 0),
    ("Rua: ver antes de disparar", "music-and-photography", "0", 4.0, 1),
    ("HTTP, Properly", "web-development", "0", 4.3, 3),
)

LINKS = [Link("Profile", "#parts", "user", "page"), Link("Security", "#parts", "shield", None)]


def style_guide(_place: Root, request: Request) -> Response:
    """Show the components."""
    samples = {
        "courses": [course(request, *one) for one in COURSES],
        "colors": COLORS,
        "groups": [Group("Settings", LINKS)],
        "at": datetime(2026, 3, 14, 9, tzinfo=UTC),
    }
    response = request.response
    response.text = render(TEMPLATE, samples, request)
    return response


def course(  # noqa: PLR0913, PLR0917 - the columns of COURSES
    request: Request, title: str, category: str, price: str, average: float | None, count: int
) -> PageData:
    return {
        "title": title,
        "slug": f"sample-{category}-{len(title)}",
        "url": "#card",
        "subtitle": "One line that says more" if count > 9 else "",
        "category": {"slug": category, "title": category, "url": "#card"},
        "instructors": [{"username": "rafael", "name": "Rafael Monteiro"}],
        "level": "beginner",
        "language": "pt" if title.startswith("Rua") else "en",
        "duration_minutes": 30 * len(title),
        "price": {"amount": Decimal(price), "currency": request.settings.currency},
        "rating": {"average": average, "count": count},
        "status": "published",
        "wished": count == 1,
        "why": [{"text": "Same category"}],
    }


def includeme(config: Configurator) -> None:
    if shop_of(config.registry).settings.mode == "development":
        config.add_page(style_guide, context=Root, name=NAME, media_type="text/html")
