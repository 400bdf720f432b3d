"""The actor: the facts about the current user that the shop's rules depend on."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """The current user: a guest (`id` None) or an account, with its role and courses.

    `teaches` and `enrolled_in` are the ids of the courses that the user teaches and is enrolled in.
    A `limited` account has no confirmed email address, and may write only in members-only places
    that are not `for_confirmed`, such as the account itself. `stamp` changes with everything that
    pages show of the account. `address` is the IP address of the client.
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
        """Deprecated name of `enrolled_in`, for one release."""
        warnings.warn("attends is enrolled_in", DeprecationWarning, stacklevel=2)
        return self.enrolled_in

    @property
    def moderates(self) -> bool:
        return self.role in {"moderator", "admin"}


GUEST = Actor()
# The operator at the command line, who sees every course, whatever its status.
OPERATOR = Actor(role="admin")
