"""The configured rules for which reviews are held until a moderator approves them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from courseshop.domain import markdown
from courseshop.domain.clock import now
from courseshop.models import User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.domain.actor import Actor

# A link in HTML rendered from Markdown, or a URL that Markdown does not turn into a link.
LINK = re.compile(r"<a |\w://|\bmailto:|\bwww\.|\w\.[a-z]{2,}/", re.IGNORECASE)


class Rules(NamedTuple):
    """A review is held if any of `kinds` applies: all, new (the author's account) or links.

    An account is new for `new_account_days`.
    """

    kinds: tuple[str, ...] = ()
    new_account_days: int = 0


PUBLISH_AT_ONCE = Rules()


def holds(db: Session, rules: Rules, actor: Actor, text: str) -> bool:
    """Return whether a review by the actor (Markdown) is held; moderators' reviews never are."""
    if actor.moderates or not rules.kinds:
        return False
    if "all" in rules.kinds:
        return True
    if "links" in rules.kinds and LINK.search(markdown.render(text)):
        return True
    return "new" in rules.kinds and _is_new(db, actor, rules.new_account_days)


def _is_new(db: Session, actor: Actor, days: int) -> bool:
    made = db.scalar(select(User.created_at).where(User.id == actor.id))
    return made is None or made > now() - timedelta(days=days)
