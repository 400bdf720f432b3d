from __future__ import annotations

from typing_extensions import TypedDict


class ApiOut(TypedDict):
    """Where the API is described: `openapi` for programs, `self` for people."""

    title: str
    version: str
    links: dict[str, str]
