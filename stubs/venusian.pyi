from collections.abc import Callable
from types import ModuleType
from typing import Any

class AttachInfo:
    module: ModuleType
    codeinfo: tuple[str, int, str, str]

# A scanner has the attributes that its caller gives it.
def attach(
    wrapped: object, callback: Callable[[Any, str, Any], None], category: str
) -> AttachInfo: ...
