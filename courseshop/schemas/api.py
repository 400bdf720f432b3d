from __future__ import annotations

from typing_extensions import TypedDict


class ApiOut(TypedDict):
    """Links to the API description: `openapi` for programs, `self` for people."""

    title: str
    version: str
    links: dict[str, str]
