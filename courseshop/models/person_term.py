from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.models.search import Term


class PersonTerm(Base):
    """A word of a username, name or email address, as a term, by which admins find the account."""

    __tablename__ = "person_term"

    term: Mapped[str] = mapped_column(Term, primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
