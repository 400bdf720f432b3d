from __future__ import annotations

import re
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse

from benchmarks.peers.django_shop.models import Course, RelatedCourse, Review, User
from benchmarks.peers.page import PLACES, context

WITH_OTHERS = Course.objects.select_related("category").prefetch_related(
    Prefetch("instructors", User.objects.select_related("totals").order_by("instructor__position")),
    Prefetch(
        "related", RelatedCourse.objects.select_related("other__category").order_by("position")
    ),
)


def show_course(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a course: four queries, with those of `prefetch_related`."""
    course = get_object_or_404(WITH_OTHERS, slug=slug, status="published")
    rows = Review.objects.filter(course=course, status="published", deleted_at=None)
    newest = rows.select_related("author").order_by("-created_at", "-id")
    # One more than are shown tells whether there are more.
    reviews = list(newest[:11])
    shown = context(course, course.instructors.all(), course.related.all(), reviews, address_of)
    return render(request, "course.html", shown)


def address_of(name: str, **parts: Any) -> str:
    return str(reverse(name, kwargs=parts))


def elsewhere(request: HttpRequest, **_names: str) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    # First, for they are tried in turn.
    path("courses/<slug:slug>", show_course, name="course"),
    *(
        path(re.sub(r"{(\w+)}", r"<str:\1>", place.removeprefix("/")), elsewhere, name=name)
        for name, place in PLACES.items()
    ),
]
