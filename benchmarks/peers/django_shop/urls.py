from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.peers.django_shop import views
from benchmarks.peers.page import PLACES


def elsewhere(request: HttpRequest, **_names: str) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    # First, for they are tried in turn.
    path("courses/<slug:slug>", views.course, name="course"),
    *(
        path(re.sub(r"{(\w+)}", r"<str:\1>", place.removeprefix("/")), elsewhere, name=name)
        for name, place in PLACES.items()
    ),
]
