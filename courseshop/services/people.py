"""The list of all accounts, for admins: newest first, searched by the beginnings of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, insert, literal, select

from courseshop.models import PersonTerm, User
from courseshop.services.filters import among
from courseshop.services.paging import Keyset, Slice, Total, paginate
from courseshop.services.search.words import LONGEST_TERM, words

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import UserRow
    from courseshop.schemas.user import PeopleQuery

COLUMNS = (
    User.id,
    User.username,
    User.name,
    User.role,
    User.stamp,
    User.email,
    User.pending_email,
    User.created_at,
)
# Ids follow the order in which accounts were created.
NEWEST = Keyset(User.id, User.id, "id", is_moment=False)
# If more accounts have a word, scanning from the newest account on soon finds a page of them.
CAP = 200
MOST_WORDS = 5
# Sorts after every character of a term.
LAST = "~"


def index(db: Session, user_id: int) -> None:
    """Store the words by which an account is found."""
    db.execute(delete(PersonTerm).where(PersonTerm.user_id == user_id))
    columns = (User.username, User.name, User.email, User.pending_email)
    texts = db.execute(select(*columns).where(User.id == user_id)).one()
    terms = sorted(terms_of(" ".join(filter(None, texts))))
    if terms:
        db.execute(insert(PersonTerm), [{"term": one, "user_id": user_id} for one in terms])


def terms_of(text: str) -> set[str]:
    return {word.term[:LONGEST_TERM] for word in words(text)}


def listing(db: Session, query: PeopleQuery) -> Slice[UserRow]:
    """Return a page of the accounts that have the role and, for each word, one that begins with it.

    If many accounts have each of the words, the total is a lower bound.
    """
    rows = select(*COLUMNS)
    if query.role:
        rows = rows.where(User.role == query.role)
    asked = sorted(terms_of(query.q))[:MOST_WORDS]
    if not asked:
        return paginate(db, rows, NEWEST, query)
    few = [ids for one in asked if len(ids := _ids_of(db, one)) <= CAP]
    rows = rows.where(*map(_has, asked))
    if not few:
        return paginate(db, rows, NEWEST, query, Total(CAP, exact=False))
    return paginate(db, rows.where(among(db, User.id, min(few, key=len))), NEWEST, query)


def _ids_of(db: Session, begin: str) -> list[int]:
    """Return the ids of the accounts with such a word, CAP and one more at most."""
    ids = select(PersonTerm.user_id).where(_begins(begin)).limit(CAP + 1)
    return sorted(set(db.scalars(ids)))


def _begins(begin: str) -> ColumnElement[bool]:
    return and_(PersonTerm.term >= begin, PersonTerm.term < begin + LAST)


def _has(begin: str) -> ColumnElement[bool]:
    """Return the condition that an account has such a word.

    It is a scalar subquery, which databases evaluate account by account.
    """
    mine = select(literal(1)).where(PersonTerm.user_id == User.id, _begins(begin))
    return mine.correlate(User).limit(1).scalar_subquery() == 1
