"""A course as Markdown: its facts in YAML in front, its text below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import frontmatter
from yaml import YAMLError

if TYPE_CHECKING:
    from courseshop.importing import Facts


def read(text: str) -> Facts:
    """Return the facts and, under `about`, the text. Raises ValueError without a front matter."""
    try:
        document = frontmatter.loads(text)
    except (YAMLError, TypeError) as error:
        raise ValueError(
            f"the front matter is not YAML with words as keys: {' '.join(str(error).split())}"
        ) from error
    if not document.metadata:
        raise ValueError("there is no front matter between lines of ---")
    return {**document.metadata, "about": document.content}
