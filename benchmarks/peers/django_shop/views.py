from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from benchmarks.peers.django_shop.models import Course, RelatedCourse, Review, User
from benchmarks.peers.linked_data import linked_data
from benchmarks.peers.wording import NETWORKS, reasons

MOST_RELATED = 6


def course(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a course: four queries, with those of `prefetch_related`."""
    found = get_object_or_404(
        Course.objects.select_related("category").prefetch_related(
            Prefetch("instructors", User.objects.order_by("instructor__position")),
            Prefetch(
                "related",
                RelatedCourse.objects.select_related("related__category").order_by("position"),
            ),
        ),
        slug=slug,
        status="published",
    )
    reviews = list(newest_reviews(found))
    context = {
        "course": found,
        "related": related_of(found),
        "reviews": reviews[:10],
        "more": len(reviews) > 10,
        "networks": NETWORKS,
        "linked": linked_data(found, reviews[:10], address_of),
    }
    return render(request, "course.html", context)


def address_of(name: str, **parts: Any) -> str:
    return str(reverse(name, kwargs=parts))


def newest_reviews(found: Course) -> Any:
    """Return the ten newest reviews, and one more where there are more."""
    rows = Review.objects.filter(course=found, status="published", deleted_at=None)
    return rows.select_related("author", "reply__author").order_by("-created_at", "-id")[:11]


def related_of(found: Course) -> list[tuple[Course, list[str]]]:
    """Return the courses that go with this one, each with the reasons."""
    shown = []
    for one in found.related.all():
        same = one.related.category_id == found.category_id
        why = reasons(found.tags, one.related.tags, wished=one.wished, same_category=same)
        if why and one.related.status == "published":
            shown.append((one.related, why))
    return shown[:MOST_RELATED]
