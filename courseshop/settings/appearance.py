"""The settings of what a shop looks like, and of the texts that its footer links to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field

from courseshop.settings.types import Logo, Words

ACCENT = re.compile(r"#[0-9A-Fa-f]{6}")
# Names of fonts, as CSS lists them. Anything else could end the declaration.
FONT = re.compile(r"""[\w ,"'-]*""")
LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"']+")
LONGEST_TEXT = 100_000


class FooterText(NamedTuple):
    """A link of the footer to `url`, or to a page of the shop with this text in Markdown."""

    url: str = ""
    markdown: str = ""


def _accent(value: str) -> str:
    if value and not ACCENT.fullmatch(value):
        raise ValueError(f"{value!r} is not a color such as #0b6e69")
    return value


def _font(value: str) -> str:
    if not FONT.fullmatch(value):
        raise ValueError(f"{value!r} is not a list of fonts such as Georgia, serif")
    return value


def _footer_text(value: str | FooterText) -> FooterText:
    if isinstance(value, FooterText):
        return value
    if not value or LINK.fullmatch(value):
        return FooterText(url=value)
    try:
        text = Path(value).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{value!r} is no URL, and no Markdown file: {error}") from error
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise ValueError(f"{value!r} is empty or has more than {LONGEST_TEXT} characters")
    return FooterText(markdown=text)


Accent = Annotated[str, BeforeValidator(_accent)]
Font = Annotated[str, BeforeValidator(_font)]
Text = Annotated[FooterText, BeforeValidator(_footer_text)]
NO_TEXT = FooterText()


class Appearance(BaseModel):
    """The part of the settings that only pages show."""

    name: Words = Field("courseshop", description="name of the shop, shown on every page")
    tagline: Words = Field(
        "Courses worth your evenings.", description="one line below the name on the home page"
    )
    logo: Logo = Field(
        "", description="path of an SVG or PNG file to show before the name; empty: default logo"
    )
    accent: Accent = Field(
        "",
        description="accent color of the pages, such as #0b6e69, which the pages adjust for "
        "contrast; empty: the theme's color",
    )
    font: Font = Field(
        "",
        description="fonts of the pages, if users have them installed, such as: Georgia, serif; "
        "empty: the theme's font",
    )
    terms: Text = Field(
        NO_TEXT, description="terms of use: a URL or the path of a Markdown file; empty: none"
    )
    privacy: Text = Field(
        NO_TEXT, description="privacy policy: a URL or the path of a Markdown file; empty: none"
    )
    contact: Text = Field(
        NO_TEXT,
        description="contact: a URL, such as mailto:shop@example.org, or the path of a Markdown "
        "file; empty: none",
    )
