"""What every page has: the shop's static files, and the places that the layout links to."""

from __future__ import annotations

from typing import Any

from pyramid.events import BeforeRender
from pyramid.static import QueryStringCacheBuster

from courseshop.views.links import root_of
from courseshop.views.validators import templates_may_change

YEAR = 31_536_000


class ReleaseCacheBuster(QueryStringCacheBuster):  # type: ignore[misc]
    """Give static files a new URL with each release, so that browsers may keep them for good."""

    def tokenize(self, request: Any, _pathspec: str, _kw: dict[str, Any]) -> str:
        return request.registry["courseshop.release"] or "development"


def add_places(event: BeforeRender) -> None:
    """Give a template `places`, the URLs that the layout links to."""
    root = root_of(event["request"])
    event["places"] = {
        "home": root.url(),
        "courses": root["courses"].url(),
        "categories": root["categories"].url(),
        "login": root["account"].url("login"),
        "api": root.url("openapi.json"),
    }


def includeme(config: Any) -> None:
    config.add_subscriber(add_places, BeforeRender)
    age = 0 if templates_may_change(config) else YEAR
    config.add_static_view("static", "courseshop:static", cache_max_age=age)
    config.add_cache_buster("courseshop:static", ReleaseCacheBuster())
