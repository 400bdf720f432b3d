"""The page and its JSON by FastAPI, with SQLAlchemy and Jinja's templates.

After the documentation's "SQL (Relational) Databases" and "Templates"; served by uvicorn. It has no
negotiation by Accept, so the JSON has a path of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from benchmarks.peers.page import FILTERS, PLACES, context, related_of
from benchmarks.peers.tables import Course, find_course, newest_reviews

engine = create_engine(os.environ["BENCH_URL"])
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
templates.env.filters.update(FILTERS)
templates.env.trim_blocks = templates.env.lstrip_blocks = True
app = FastAPI()


SHORT = ("slug", "title", "level", "language", "duration_minutes")
COPIED = (
    *("summary", "enrolled_count", "status", "published_at", "updated_at", "version", "tags"),
    *("outcomes", "requirements", "audience", "outline"),
)
LINKED = ("course", "reviews", "share", "enrolment")


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def get_course(slug: str, session: SessionDep) -> Course:
    course = find_course(session, slug)
    if course is None:
        raise HTTPException(status_code=404)
    return course


CourseDep = Annotated[Course, Depends(get_course)]


@app.get("/courses/{slug}", response_class=HTMLResponse, name="course")
def course_page(request: Request, course: CourseDep, session: SessionDep) -> HTMLResponse:
    def url(name: str, **parts: Any) -> str:
        return str(request.url_for(name, **parts))

    reviews = newest_reviews(session, course)
    shown = context(course, course.instructors, course.related, reviews, url)
    return templates.TemplateResponse(request=request, name="course.html", context=shown)


def short(request: Request, course: Course) -> dict[str, Any]:
    """Return what is said of a course wherever it is named."""
    shelf = course.category
    place = str(request.url_for("category", slug=shelf.slug))
    return {
        **{name: getattr(course, name) for name in SHORT},
        "url": str(request.url_for("course", slug=course.slug)),
        "category": {"slug": shelf.slug, "title": shelf.title, "url": place},
        "price": {"amount": f"{course.price / 100:.2f}", "currency": "USD"},
        "rating": {
            "average": course.rating,
            "count": course.rating_count,
            "histogram": {str(n): count for n, count in reversed(course.histogram)},
        },
    }


@app.get("/api/courses/{slug}")
def course_json(request: Request, course: CourseDep) -> dict[str, Any]:
    """Return the same keys as ours, but for what one may do there."""

    def person(name: str) -> str:
        return str(request.url_for("person", username=name))

    return {
        **{name: getattr(course, name) for name in COPIED},
        **short(request, course),
        "about": {"markdown": course.about_markdown, "html": course.about_html},
        "instructors": [
            {"username": one.username, "name": one.name, "url": person(one.username)}
            for one in course.instructors
        ],
        "related": [
            {**short(request, other), "why": why}
            for other, why in related_of(course, course.related)
        ],
        "links": {name: str(request.url_for(name, slug=course.slug)) for name in LINKED},
    }


def elsewhere() -> str:
    return ""


for place, path in PLACES.items():
    app.get(path, name=place)(elsewhere)
