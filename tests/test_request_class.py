"""All requests are of one class, which has what was added to them."""

from __future__ import annotations

import pytest
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from courseshop.request_class import settle


def word(request):
    return f"word of {request.path}"


def shout(_request, text):
    return text.upper()


@pytest.fixture
def config():
    config = Configurator()
    config.add_request_method(word, reify=True)
    config.add_request_method(shout)
    config.add_route("any", "/*path")
    config.add_view(lambda request: Response(request.shout(request.word)), route_name="any")
    return config


def opened(config):
    app = config.make_wsgi_app()
    settle(app)
    return app


def test_requests_are_of_one_class_and_have_what_was_added(config):
    app = opened(config)
    first, second = (app.request_factory.blank(path) for path in ("/a", "/b"))
    assert type(first) is type(second)
    assert Request.blank("/a").get_response(app).text == "WORD OF /A"
    assert Request.blank("/b").get_response(app).text == "WORD OF /B"


def test_a_subrequest_of_pyramids_own_class_has_it_too(config):
    answer = opened(config).invoke_subrequest(Request.blank("/inner"))
    assert answer.text == "WORD OF /INNER"


def test_a_request_factory_that_is_no_class_stays(config):
    def make(environ):
        return Request(environ)

    config.set_request_factory(make)
    assert Request.blank("/a").get_response(opened(config)).text == "WORD OF /A"
