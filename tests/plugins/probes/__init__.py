"""Places whose pages do one thing to the database, so that tests can watch what becomes of it."""

from __future__ import annotations

from pydantic import Field
from pyramid.authorization import Allow, Authenticated, Everyone
from pyramid.events import ContextFound
from pyramid.response import Response
from sqlalchemy import insert, select, text, update
from typing_extensions import TypedDict

from courseshop.database.stale import StaleEdit
from courseshop.domain.errors import Conflict, Refused
from courseshop.domain.events import Committed, ReviewWritten, publish
from courseshop.framework.add_page import page
from courseshop.framework.request_id import current
from courseshop.framework.resource import Resource
from courseshop.framework.responses import created
from courseshop.models import Category, User
from courseshop.resources import Course, Root
from courseshop.schemas.base import Input
from courseshop.schemas.review import ReviewDraft
from courseshop.services import review

HEARD = []


class Probe(Resource):
    __acl__ = ((Allow, Everyone, ("view", "add")),)


class Word(Input):
    word: str = "probe"


def probe(name):
    return page(
        context=Probe,
        name=name,
        request_method="POST",
        renderer="string",
        permission="add",
        accepts=Word,
        answers=(200,),
    )


def store(request):
    table = Category.__table__
    values = {"slug": request.accepted.word, "title": "Probe", "position": 1, "stamp": 1}
    request.db.execute(table.insert().values(values))


@probe("table-insert")
def table_insert(_place, request):
    store(request)
    return {}


@probe("text-insert")
def text_insert(_place, request):
    request.db.execute(
        text("INSERT INTO category (slug, title, position, stamp) VALUES (:word, 'Probe', 1, 1)"),
        {"word": request.accepted.word},
    )
    return {}


@probe("returned-400")
def returned_400(_place, request):
    store(request)
    return Response(status=400)


@probe("refused")
def refused(_place, request):
    store(request)
    raise Refused("word", "probe", "refused")


@probe("crash")
def crash(_place, request):
    store(request)
    raise RuntimeError("a fault of the program, with a secret in it")


@probe("failed-flush")
def failed_flush(_place, request):
    store(request)
    store(request)
    return {}


@probe("savepoint")
def savepoint(_place, request):
    store(request)
    nested = request.db.begin_nested()
    request.db.execute(insert(User).values(username=request.accepted.word, name="x"))
    nested.rollback()
    raise Refused("word", "probe", "refused")


@probe("publish")
def tell(_place, request):
    store(request)
    publish(request.db, ReviewWritten(1, 1, 5))
    if request.accepted.word == "refuse":
        raise Refused("word", "probe", "refused")
    return {}


@probe("opposite-locks")
def opposite_locks(_place, request):
    """Lock two rows in the order that the word says: two of these at once are a deadlock."""
    for slug in request.accepted.word.split():
        request.db.execute(
            update(Category).where(Category.slug == slug).values(stamp=Category.stamp + 1)
        )
        request.db.execute(select(Category.id)).all()
        request.registry["probes.pause"]()
    return {"attempt": request.environ["retry.attempt"]}


@probe("overtaken")
def overtaken(_place, request):
    """Work at the second attempt only."""
    NAMES.append((request.id, current.get()))
    if not request.environ["retry.attempt"]:
        raise StaleEdit
    return {}


NAMES = []


class Shown(TypedDict):
    attempt: int


ATTEMPTS = []


@page(context=Course, name="counted", renderer="string", returns=Shown)
def counted(_place, _request):
    """Show what the course's key knows nothing of."""
    ATTEMPTS.append(1)
    return {"attempt": len(ATTEMPTS), "secret": "for the page alone"}


@page(context=Course, name="staff", renderer="string", permission="moderate")
def staff(_place, _request):
    return {}


class Office(Resource):
    pass


@page(context=Office, renderer="string", permission="moderate")
def office(_place, _request):
    return {}


class Lists(Input):
    tags: list[str] = Field(default_factory=list)
    text: str = "x"


class ListsOut(TypedDict):
    tags: list[str]


@page(
    context=Probe,
    name="lists",
    request_method="POST",
    renderer="string",
    permission="add",
    accepts=Lists,
    returns=ListsOut,
)
def lists(_place, request):
    return {"tags": request.accepted.tags}


@page(context=Probe, name="lists", renderer="string", accepts=Lists)
def lists_by_query(_place, request):
    return {"tags": request.accepted.tags}


@page(context=Probe, name="form", renderer="string")
def form(_place, request):
    return {"slugs": list(request.db.scalars(select(Category.slug)))}


@page(
    context=Probe,
    name="form",
    request_method="POST",
    renderer="string",
    permission="add",
    accepts=Word,
)
def fill(_place, request):
    store(request)
    if request.accepted.word == "twice":
        store(request)
    raise Refused("word", "probe", "refused")


@page(context=Probe, name="row", renderer="string")
def row(_place, request):
    return {"row": request.db.execute(select(Category.id)).first() or object()}


@page(context=Probe, name="none", renderer="string")
def none(_place, _request):
    return None


@page(
    context=Course,
    name="rate",
    request_method="POST",
    renderer="string",
    accepts=ReviewDraft,
    answers=(200, 409),
)
def rate(place, request):
    review.add(request.db, place.row.id, request.actor.id, request.accepted)
    return {}


class Wish(Resource):
    """What any account may add to, and a guest begin."""

    __acl__ = ((Allow, Authenticated, "add"),)


@page(context=Wish, renderer="string", returns=Shown)
def wishes(_place, _request):
    return {"attempt": len(WISHED)}


@page(
    context=Wish,
    request_method="POST",
    renderer="string",
    permission="add",
    accepts=Word,
    returns=Shown,
)
def wish(place, request):
    if request.accepted.word == "refuse":
        raise Conflict("word", "probe", "this one is not to be had")
    store(request)
    WISHED.append((request.actor.username, place.__parent__.row.slug, request.accepted.word))
    created(request, place)
    return {"attempt": len(WISHED)}


WISHED = []


def hear(event):
    assert event.db.in_transaction()
    HEARD.append(event)


def hear_committed(event):
    HEARD.append(event)


def between(event):
    """Do once what a test wants done when a write has found its place."""
    waiting = event.request.registry["probes.between"]
    if waiting and event.request.method != "GET":
        waiting.pop()()


def includeme(config):
    config.registry["probes.between"] = []
    config.add_subscriber(between, ContextFound)
    config.add_child(Root, "probe", Probe)
    config.add_child(Course, "office", Office)
    config.add_child(Course, "wish", Wish)
    config.scan("probes")
    config.add_subscriber(hear, ReviewWritten)
    config.add_subscriber(hear_committed, Committed)
    config.registry["probes.pause"] = lambda: None
