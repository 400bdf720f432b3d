"""Reader for Markdown files with YAML front matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import frontmatter
from yaml import YAMLError

if TYPE_CHECKING:
    from courseshop.importing import Facts


def read(text: str) -> Facts:
    """Return the fields of the front matter, and the text as `about`.

    Raises ValueError if the front matter is missing or is not a YAML mapping with string keys.
    """
    try:
        document = frontmatter.loads(text)
    except (YAMLError, TypeError) as error:
        raise ValueError(
            f"the front matter is not YAML with string keys: {' '.join(str(error).split())}"
        ) from error
    if not document.metadata:
        raise ValueError("there is no front matter between two lines of ---")
    return {**document.metadata, "about": document.content}
