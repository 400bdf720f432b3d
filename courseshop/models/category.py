from __future__ import annotations

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base
from courseshop.database.stamps import first_stamp
from courseshop.database.types import Id


class Category(Base):
    """A category, possibly inside another one.

    `position` sorts the categories. `stamp` changes with the title and the parent.
    """

    __tablename__ = "category"
    __table_args__ = (Index(None, "position", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"), index=True)
    title: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(default=0)
    stamp: Mapped[int] = mapped_column(default=first_stamp)
