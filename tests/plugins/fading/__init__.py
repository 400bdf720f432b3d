"""A plugin whose pages will go, and say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from pyramid.authorization import Allow, Everyone
from pyramid.response import Response
from typing_extensions import TypedDict

from courseshop.plugin import (
    Deprecation,
    Input,
    PageQuery,
    Resource,
    Slice,
    Total,
    collection,
    page,
)
from courseshop.resources import Root

SINCE = datetime(2023, 6, 30, 23, 59, 59, tzinfo=UTC)
GONE = Deprecation(
    since=SINCE,
    sunset=datetime(2024, 7, 1, 1, 59, 59, tzinfo=timezone(timedelta(hours=2))),
    link="https://shop.example/changes#fading",
)


class Fading(Resource):
    __acl__ = ((Allow, Everyone, ("view", "add")),)


class Shown(TypedDict):
    word: str


class Word(Input):
    word: str


@page(context=Fading, renderer="string", returns=Shown, deprecated=GONE)
def show(_place, _request):
    return {"word": "old"}


@page(
    context=Fading,
    request_method="POST",
    renderer="string",
    permission="add",
    accepts=Word,
    returns=Shown,
    answers=(200,),
    deprecated=Deprecation(since=SINCE),
)
def say(_place, request):
    return {"word": request.accepted.word}


@page(context=Fading, name="stays", renderer="string", returns=Shown)
def stay(_place, _request):
    return {"word": "new"}


@page(context=Fading, name="list", renderer="string", accepts=PageQuery, deprecated=GONE)
def none_of_them(place, request):
    return collection(place, request, Slice([], Total(0), None, None), [])


@page(
    context=Fading,
    name="words.txt",
    media_type="text/plain",
    deprecated=Deprecation(since=SINCE, link="/changes"),
)
def words(_place, _request):
    return Response("old", content_type="text/plain")


def includeme(config):
    config.add_child(Root, "fading", Fading)
    config.scan("fading")
