from typing import Final

from pyramid.authorization import Ace, Acl

NO_PERMISSION_REQUIRED: Final = "__no_permission_required__"

class PermitsResult(int):
    @property
    def msg(self) -> str: ...

class Denied(PermitsResult):
    def __new__(cls, s: str, *args: object) -> Denied: ...

class Allowed(PermitsResult):
    def __new__(cls, s: str, *args: object) -> Allowed: ...

class ACLPermitsResult:
    # A description if no ACE or ACL applies.
    ace: Ace | str
    acl: Acl | str
    permission: str
    context: object
    principals: object

class ACLDenied(ACLPermitsResult, Denied): ...
class ACLAllowed(ACLPermitsResult, Allowed): ...
