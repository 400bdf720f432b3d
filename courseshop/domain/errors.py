"""What the shop refuses to do, said in the words of the domain; HTTP is not known here."""

from __future__ import annotations


class Refused(Exception):  # noqa: N818 - a refusal is not an error of the program
    """A rule of the shop does not allow what was asked for: HTTP 422.

    `field` names the input at fault ("" for the whole), `code` is stable and for
    programs, `message` is a translation string for people; `parameters` fill its
    `${placeholders}`.
    """

    def __init__(self, field: str, code: str, message: str, **parameters: str | int) -> None:
        super().__init__(f"{field}: {code}" if field else code)
        self.field = field
        self.code = code
        self.message = message
        self.parameters = parameters


class Unknown(Refused):
    """The query of an address names what there is not: HTTP 400."""


class Conflict(Refused):
    """The input is sound, but the shop's present state does not allow it: HTTP 409."""


class Conflicts(Conflict):
    """Several conflicts at once, each with its own field; `found` are they."""

    def __init__(self, found: list[Conflict]) -> None:
        first = found[0]
        super().__init__(first.field, first.code, first.message, **first.parameters)
        self.found = found


class Unproven(Refused):
    """Whoever asks has not shown that they are who they say: HTTP 401."""


class NotAllowed(Refused):
    """Whoever asks may do much here, but not this: HTTP 403."""


class Stale(Refused):
    """What was to be changed was changed by another since it was read: HTTP 412."""
