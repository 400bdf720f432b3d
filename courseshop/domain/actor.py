"""Who asks: the facts about a person that the rules of the shop decide by."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """A guest (`id` None) or an account, with its role and its courses.

    `teaches` and `enrolled_in` hold the ids of the courses whose instructor or student it is.
    `limited` is an account that may only read, for its e-mail address is not confirmed.
    `stamp` moves with what pages show of the account; `address` is where the request came from.
    """

    id: int | None = None
    username: str = ""
    role: str = "guest"
    teaches: frozenset[int] = field(default_factory=frozenset)
    enrolled_in: frozenset[int] = field(default_factory=frozenset)
    name: str = ""
    stamp: int = 0
    limited: bool = False
    address: str = ""

    @property
    def attends(self) -> frozenset[int]:
        """The former name of `enrolled_in`, for one release."""
        warnings.warn("attends is enrolled_in", DeprecationWarning, stacklevel=2)
        return self.enrolled_in

    @property
    def moderates(self) -> bool:
        return self.role in {"moderator", "admin"}


GUEST = Actor()
# Whoever has the command line: sees every course, whatever its status.
OPERATOR = Actor(role="admin")
