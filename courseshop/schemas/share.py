from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from courseshop.schemas.course import Count

NETWORKS = ("facebook", "x", "linkedin", "whatsapp", "telegram", "bluesky", "reddit")
NetworkName = Annotated[str, Field(json_schema_extra={"enum": list(NETWORKS)})]


class ShareTarget(TypedDict):
    """A network to share on."""

    name: str
    label: str
    url: str


class ShareOut(TypedDict):
    """The share links of a course. Users who may edit it get the count of their uses, `shares`."""

    link: str
    title: str
    text: str
    targets: list[ShareTarget]
    qr: str
    shares: dict[str, Count] | None
