"""A plugin with a page, /waiting, that is answered once a file exists.

Beside that file, `waiting.until`, it leaves a file for each process and one for each request.
"""

import os
import time
import uuid
from pathlib import Path

from pyramid.authorization import Allow, Everyone
from pyramid.events import ApplicationCreated

from courseshop.plugin import Resource, page
from courseshop.resources import Root


class Waiting(Resource):
    __acl__ = ((Allow, Everyone, "view"),)


@page(context=Waiting, renderer="courseshop:templates/error.jinja2")
def show(_place: Waiting, request) -> dict:
    until = until_of(request.registry)
    until.with_name(f"request-{uuid.uuid4()}").touch()
    while not until.exists():
        time.sleep(0.01)
    return {"title": "Done", "status": 200, "detail": ""}


def until_of(registry) -> Path:
    return Path(registry.settings["waiting.until"])


def note_process(event) -> None:
    until_of(event.app.registry).with_name(f"process-{os.getpid()}").touch()


def includeme(config) -> None:
    config.add_child(Root, "waiting", Waiting)
    config.add_subscriber(note_process, ApplicationCreated)
    config.scan("waiting")
