from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from courseshop.database.base import Base


class ShopFact(Base):
    """A fact about all rows of the shop, such as the currency of its prices."""

    __tablename__ = "shop_fact"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
