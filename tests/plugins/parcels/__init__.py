"""Parcels, which a carrier on another server takes away; tests replace `CARRIER`."""

from dataclasses import dataclass

from pydantic import Field
from pyramid.authorization import Allow, Everyone
from sqlalchemy import String, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column
from typing_extensions import TypedDict

from courseshop.plugin import Base, Committed, Event, Id, Input, Resource, page, publish
from courseshop.resources import Root

# What a call of the carrier does, what subscribers have heard, and what else they do.
CARRIER = []
HEARD = []
AFTERWARDS = []


class ParcelRow(Base):
    __tablename__ = "parcel"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    label: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))


@dataclass(frozen=True)
class Sent(Event):
    label: str


class Parcels(Resource):
    __acl__ = ((Allow, Everyone, ("view", "add")),)


class ParcelDraft(Input):
    label: str = Field(max_length=40)


class ParcelOut(TypedDict):
    state: str


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
