from __future__ import annotations

from typing import Annotated

from pydantic import Field

# So few digits that every database knows the last id of the part.
PART = r"^(pages|categories|courses|people)-([1-9][0-9]{0,12})\.xml$"
PartName = Annotated[str, Field(pattern=PART)]
