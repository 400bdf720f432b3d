from typing import TypeGuard

from zope.interface import Interface, Specification

class IInterface(Interface):
    # An interface is its own specification.
    @classmethod
    def providedBy(cls, ob: object) -> TypeGuard[Specification]: ...
