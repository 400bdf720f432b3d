from collections.abc import Callable
from types import ModuleType
from typing import Any

class AttachInfo:
    module: ModuleType
    codeinfo: tuple[str, int, str, str]

# Any, because a scanner has the attributes that its caller sets.
def attach(
    wrapped: object, callback: Callable[[Any, str, Any], None], category: str
) -> AttachInfo: ...
