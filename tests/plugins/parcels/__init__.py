"""Parcels, which a carrier on another server takes away; tests replace `CARRIER`."""

import hmac
from dataclasses import dataclass

from pydantic import Field
from pyramid.authorization import Allow, Everyone
from pyramid.response import Response
from sqlalchemy import String, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from courseshop.plugin import (
    Base,
    Committed,
    Event,
    Id,
    Input,
    NotAllowed,
    Resource,
    RowId,
    page,
    publish,
)
from courseshop.resources import Root

# What a call of the carrier does, what subscribers have heard, and what else they do.
CARRIER = []
HEARD = []
# Reports of the carrier, the files of films, and what the page of a film does.
SECRET = b"common secret"
REPORTS = []
FILMS = []
MEANWHILE = []
AFTERWARDS = []


class ParcelRow(Base):
    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    label: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))


@dataclass(frozen=True)
class Sent(Event):
    label: str


class Parcel(Resource):
    """A parcel, which the carrier calls by its number."""


class Parcels(Resource):
    __acl__ = ((Allow, Everyone, ("view", "add")),)

    def find(self, id: RowId, /) -> Parcel | None:  # noqa: A002
        return Parcel(self, str(id))


class ParcelDraft(Input):
    label: str = Field(max_length=40)


class ParcelOut(TypedDict):
    state: str


class FilmOut(TypedDict):
    size: int


@page(
    context=Parcels,
    name="send",
    request_method="POST",
    renderer="string",
    permission="add",
    accepts=ParcelDraft,
    returns=ParcelOut,
    transaction=False,
)
def send(place, request):
    """Store a parcel, call the carrier, and store what it said."""
    label = request.accepted.label
    request.in_transaction(lambda db: store(db, label))
    said = CARRIER[0](request)
    request.in_transaction(lambda db: note(db, label, said))
    return {"state": said}


def store(db, label):
    db.execute(insert(ParcelRow).values(label=label, state="packed"))


def note(db, label, said):
    db.execute(update(ParcelRow).where(ParcelRow.label == label).values(state=said))
    publish(db, Sent(label))


@page(context=Parcels, name="usual", request_method="POST", renderer="string", permission="add")
def usual(place, request):
    request.in_transaction(lambda db: store(db, "usual"))
    return {}


@page(context=Parcels, name="events", request_method="POST", raw=True, answers=(204,))
@page(context=Parcel, name="events", request_method="POST", raw=True, answers=(204,))
def hear_from_carrier(place, request):
    """Take a report of the carrier, which is signed with a common secret."""
    signature = hmac.new(SECRET, request.body, "sha256").hexdigest()
    if not hmac.compare_digest(signature, request.headers.get("Signature", "")):
        raise NotAllowed("", "signature", "The signature is wrong.")
    REPORTS.append((request.body, request.actor.id))
    return Response(status=204)


@page(
    context=Parcels,
    name="film",
    request_method="PUT",
    permission="add",
    returns=FilmOut,
    renderer="string",
    max_body=3_000_000,
    stream=True,
)
def film(place, request):
    """Take a film of a parcel, and return its size."""
    file, chunks = request.body_file, []
    while chunk := file.read(65_536):
        chunks.append(len(chunk))
    FILMS.append(file)
    for do in MEANWHILE:
        do(request)
    return {"size": sum(chunks)}


@page(context=Parcels, renderer="string")
def show(place, request):
    return {"states": list(request.db.scalars(select(ParcelRow.state).order_by(ParcelRow.id)))}


def hear(event):
    HEARD.append(event)


def hear_of_commit(committed):
    HEARD.append(committed)
    for do in AFTERWARDS:
        do(committed.registry)


def includeme(config):
    config.add_migrations("parcels:migrations")
    config.add_child(Root, "parcels", Parcels)
    config.add_subscriber(hear, Sent)
    config.add_subscriber(hear_of_commit, Committed)
    config.scan()
