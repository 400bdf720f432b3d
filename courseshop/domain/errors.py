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


class Refusals(Refused):
    """Several refusals at once, each with its own field, in `found`; some are no conflicts."""

    def __init__(self, found: list[Refused]) -> None:
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


def broken(rules: Iterable[Rule]) -> list[Refused]:
    """Check every rule and return all refusals of input, so that users see them at once.

    NotAllowed, Unproven, Stale and Unknown are raised: users cannot correct them in the form.
    """
    found: list[Refused] = []
    for rule in rules:
        try:
            rule()
        except (NotAllowed, Unproven, Stale, Unknown):
            raise
        except (Conflicts, Refusals) as error:
            found.extend(error.found)
        except Refused as error:
            found.append(error)
    return found


def together(found: list[Refused]) -> Refused:
    """Return refusals as one error: if all are conflicts, it is one, too."""
    conflicts = [one for one in found if isinstance(one, Conflict)]
    if len(found) == 1:
        return found[0]
    return Conflicts(conflicts) if len(conflicts) == len(found) else Refusals(found)
