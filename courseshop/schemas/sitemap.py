from __future__ import annotations

from typing import Annotated

from pydantic import Field

# At most 13 digits, so that the last id of a part fits every database's bigint.
PART_NAME = r"^(pages|categories|courses|people)-([1-9][0-9]{0,12})\.xml$"
PartName = Annotated[str, Field(pattern=PART_NAME)]
