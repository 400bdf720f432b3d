"""Who asks: the facts about a person that the rules of the shop decide by."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Actor:
    """A guest (`id` None) or an account, with its role and the courses that it teaches."""

    id: int | None = None
    username: str = ""
    role: str = "guest"
    teaches: frozenset[int] = field(default_factory=frozenset)

    @property
    def moderates(self) -> bool:
        return self.role in {"moderator", "admin"}


GUEST = Actor()
# Whoever has the command line: sees every course, whatever its status.
OPERATOR = Actor(role="admin")
