"""Books on a shelf: rows that are found by id, and texts and numbers that nothing bounds."""

from sqlalchemy import Integer, String, insert, select
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from courseshop.plugin import Base, Id, Input, Resource, RowId, created, page
from courseshop.resources import Root

# What `find` was called with.
ASKED = []


class BookRow(Base):
    __tablename__ = "shelf_book"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    title: Mapped[str] = mapped_column(String(20))
    copies: Mapped[int] = mapped_column(Integer)


class Book(Resource):
    def __init__(self, parent, row):
        super().__init__(parent, str(row.id))
        self.row = row


class Shelf(Resource):
    def find(self, id: RowId, /) -> Book | None:  # noqa: A002
        ASKED.append(id)
        row = self.request.db.execute(
            select(BookRow.id, BookRow.title).where(BookRow.id == id)
        ).one_or_none()
        return row and Book(self, row)


class BookDraft(Input):
    title: str
    copies: int = 1


class BookOut(TypedDict):
    title: str


class ShelfOut(TypedDict):
    titles: list[str]


@page(context=Book, renderer="templates/shelf.jinja2", returns=BookOut)
def show_book(place, request):
    return {"title": place.row.title}


@page(context=Shelf, renderer="templates/shelf.jinja2", returns=ShelfOut)
def show_shelf(place, request):
    return {"titles": list(request.db.scalars(select(BookRow.title).order_by(BookRow.id)))}


@page(context=Shelf, name="oldest", renderer="templates/shelf.jinja2", returns=ShelfOut)
def show_oldest(place, request):
    return {"titles": list(request.db.scalars(select(BookRow.title).limit(1)))}


@page(
    context=Shelf,
    request_method="POST",
    permission="add",
    renderer="templates/shelf.jinja2",
    accepts=BookDraft,
    returns=ShelfOut,
)
def add(place, request):
    row = request.accepted
    request.db.execute(insert(BookRow).values(title=row.title, copies=row.copies))
    created(request, place)
    return show_shelf(place, request)


def includeme(config):
    config.add_migrations("shelves:migrations")
    config.add_child(Root, "shelf", Shelf)
    config.scan()
