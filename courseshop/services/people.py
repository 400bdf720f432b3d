"""The list of accounts for admins: newest first, with a search by word prefixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, insert, literal, or_, select

from courseshop.models import PersonTerm, User
from courseshop.services.filters import among
from courseshop.services.paging import Keyset, Slice, Total, paginate
from courseshop.services.search import parse
from courseshop.services.search.words import spellings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.database.types import Rows
    from courseshop.models.rows import UserRow
    from courseshop.schemas.user import PeopleQuery
    from courseshop.services.search.query import Term

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
# Matches are counted up to this number. If there are more, a scan from the newest account on soon
# finds a page of them.
MAX_COUNTED = 200
# Terms that are read for a word of the query. An account may have several of them.
MAX_TERMS = 1_000
MAX_WORDS = 5
BATCH = 500
# Sorts after every character of a term.
LAST = "~"


def index(db: Session, user_id: int) -> None:
    """Store the terms by which the search finds an account, instead of the account's old ones."""
    db.execute(delete(PersonTerm).where(PersonTerm.user_id == user_id))
    columns = (User.username, User.name, User.email, User.pending_email)
    texts = db.execute(select(*columns).where(User.id == user_id)).one()
    terms = sorted(terms_of(" ".join(filter(None, texts))))
    if terms:
        db.execute(insert(PersonTerm), [{"term": one, "user_id": user_id} for one in terms])


def terms_of(text: str) -> set[str]:
    """Return the terms by which the search finds a text: those of all spellings of its words."""
    return {word.term for word in spellings(text)}


def index_after(db: Session, last: int) -> int | None:
    """Index the next accounts after the id `last` again; return the last id, None at the end."""
    some = select(User.id).where(User.id > last).order_by(User.id).limit(BATCH)
    ids = list(db.scalars(some.with_for_update()))
    for user_id in ids:
        index(db, user_id)
    return ids[-1] if ids else None


def listing(db: Session, query: PeopleQuery) -> Slice[UserRow]:
    """Return a page of the accounts with the query's role and words; words match as prefixes.

    If every word of the query is frequent and more than MAX_COUNTED accounts match, the total is a
    lower bound.
    """
    rows = select(*COLUMNS)
    if query.role:
        rows = rows.where(User.role == query.role)
    words = parse(query.q).wider().terms[:MAX_WORDS]
    if not words:
        return paginate(db, rows, NEWEST, query)
    rows = rows.where(*map(_has, words))
    known = [ids for one in words if (ids := _ids_of(db, one)) is not None]
    ids = min(known, key=len) if known else _newest(db, rows)
    if ids is None:
        return paginate(db, rows, NEWEST, query, Total(MAX_COUNTED, exact=False))
    return paginate(db, rows.where(among(db, User.id, ids)), NEWEST, query)


def _ids_of(db: Session, word: Term) -> list[int] | None:
    """Return the ids of all accounts with a word, and maybe others; None if it is frequent."""
    terms = select(PersonTerm.user_id).where(_begins(word)).limit(MAX_TERMS + 1)
    ids = list(db.scalars(terms))
    if len(ids) > MAX_TERMS:
        return None
    if not word.parts:
        return sorted(set(ids))
    # An account may have the parts instead: one of them is enough to find it.
    known = [found for one in word.parts if (found := _ids_of(db, one)) is not None]
    return sorted({*ids, *min(known, key=len)}) if known else None


def _newest(db: Session, rows: Rows) -> list[int] | None:
    """Return the ids of all accounts in `rows`; None if they are more than MAX_COUNTED."""
    newest = rows.with_only_columns(User.id).order_by(User.id.desc()).limit(MAX_COUNTED + 1)
    ids = list(db.scalars(newest))
    return ids if len(ids) <= MAX_COUNTED else None


def _begins(word: Term) -> ColumnElement[bool]:
    term = PersonTerm.term
    return or_(*(and_(term >= text, term < text + LAST) for text in word.texts))


def _has(word: Term) -> ColumnElement[bool]:
    """Return the condition that an account has a word, or all of its parts.

    It is a scalar subquery, which databases evaluate account by account.
    """
    terms = select(literal(1)).where(PersonTerm.user_id == User.id, _begins(word))
    own = terms.correlate(User).limit(1).scalar_subquery() == 1
    return or_(own, and_(*map(_has, word.parts))) if word.parts else own
