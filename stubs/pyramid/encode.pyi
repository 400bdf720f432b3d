from collections.abc import Iterable, Mapping
from typing import TypeAlias

Pairs: TypeAlias = Mapping[str, object] | Iterable[tuple[str, object]]

def urlencode(query: Pairs, doseq: bool = True) -> str: ...
