"""Domain errors, independent of HTTP: reasons why the shop refuses a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    # Raises Refused if the request breaks a rule.
    Rule = Callable[[], object]


class Refused(Exception):  # noqa: N818 - a refusal is not an error of the program
    """A rule of the shop does not allow the request: HTTP 422.

    `field` is the input at fault, or "" for the whole input. `code` is a stable identifier for
    programs. `message` is a translation string for people, and `parameters` are the values of its
    `${placeholders}`.
    """

    def __init__(self, field: str, code: str, message: str, **parameters: str | int) -> None:
        super().__init__(f"{field}: {code}" if field else code)
        self.field = field
        self.code = code
        self.message = message
        self.parameters = parameters


class Unknown(Refused):
    """The query string refers to something unknown: HTTP 400."""


class Conflict(Refused):
    """The input is valid, but conflicts with the current state of the shop: HTTP 409."""


class Conflicts(Conflict):
    """Several conflicts at once, each with its own field, in `found`."""

    def __init__(self, found: list[Conflict]) -> None:
        first = found[0]
        super().__init__(first.field, first.code, first.message, **first.parameters)
        self.found = found


class Unproven(Refused):
    """The credentials are wrong: HTTP 401."""


class NotAllowed(Refused):
    """The current user may not do this: HTTP 403."""


class Stale(Refused):
    """Someone else changed this after it was read: HTTP 412."""


class Busy(Exception):  # noqa: N818 - the shop is not broken
    """Too many requests are waiting already; this one may be sent again: HTTP 503."""


def broken(rules: Iterable[Rule]) -> list[Conflict]:
    """Check every rule and return all conflicts, so that users see them at once.

    Other refusals, such as NotAllowed, Unproven and Stale, are raised: users cannot correct them in
    the form.
    """
    found: list[Conflict] = []
    for rule in rules:
        try:
            rule()
        except Conflict as error:
            found.extend(error.found if isinstance(error, Conflicts) else [error])
    return found
