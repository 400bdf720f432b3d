from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol, TypeAlias

from pyramid.security import ACLAllowed, ACLDenied

Allow: Final = "Allow"
Deny: Final = "Deny"
Everyone: Final = "system.Everyone"
Authenticated: Final = "system.Authenticated"

class AllPermissionsList:
    def __contains__(self, permission: object) -> bool: ...

ALL_PERMISSIONS: Final[AllPermissionsList]
Verbs: TypeAlias = str | Collection[str] | AllPermissionsList
# Action (Allow or Deny), principal, and permissions.
Ace: TypeAlias = tuple[str, str, Verbs]
Acl: TypeAlias = Sequence[Ace]
DENY_ALL: Final[Ace]

class Context(Protocol):
    @property
    def __acl__(self) -> Acl | Callable[[], Acl]: ...

class ACLHelper:
    def permits(
        self, context: Context, principals: Collection[str], permission: str
    ) -> ACLAllowed | ACLDenied: ...
