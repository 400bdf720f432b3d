"""Check the current user's rights again in each write transaction, under a lock.

A request is authenticated before its transaction begins. While it waits for a lock, the user may
lose the session, the token, the role or a course.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from courseshop.database.request_session import WriteBegun
from courseshop.database.stale import StaleEdit, ensure_present
from courseshop.security import is_limited, principals
from courseshop.services import own_courses, session, token, user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.framework.configurator import Configurator
    from courseshop.framework.request import Request
    from courseshop.models.rows import CredentialHolder
    from courseshop.security import Credential


def recheck_user(event: WriteBegun) -> None:
    """Lock the current user's account, and read the user again.

    Raises StaleEdit if the user has lost a right since the request was authenticated. The request
    is then retried, and authenticated again. A transaction that revokes a right locks the account,
    too, so a write that needs the right either commits before or is refused.
    """
    request, db = event.request, event.db
    known, credential = request.authentication
    if credential is None or known.id is None:
        return
    user.hold(db, known.id)
    row = ensure_present(holder_of(request, db, credential), f"the {credential.kind}")
    found = replace(known, role=row.role, limited=is_limited(request, row))
    if known.teaches or known.enrolled_in:
        courses = own_courses.courses_of(db, known.id)
        found = replace(found, teaches=courses["teaches"], enrolled_in=courses["enrolled_in"])
    becomes_limited = found.limited and not known.limited
    if becomes_limited or not principals(known) <= principals(found):
        raise StaleEdit("the current user has lost a right")


def holder_of(request: Request, db: Session, proof: Credential) -> CredentialHolder | None:
    """Return the session or token of a credential with its user, None if it has ended."""
    if proof.kind == "session":
        return session.holder(db, proof.secret, request.settings)
    return token.holder(db, proof.secret)


def includeme(config: Configurator) -> None:
    config.add_subscriber(recheck_user, WriteBegun)
