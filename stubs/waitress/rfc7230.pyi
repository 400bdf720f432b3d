import re

CHUNK_EXT: str
HEADER_FIELD_RE: re.Pattern[bytes]
