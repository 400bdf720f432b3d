"""The page and its JSON by FastAPI, with SQLAlchemy and Jinja's templates.

After the documentation's "SQL (Relational) Databases" and "Templates"; served by uvicorn. It has no
negotiation by Accept, so the JSON has a path of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from benchmarks.peers.page import FILTERS, PLACES, context, related_of
from benchmarks.peers.tables import Course, InstructorCount, find_course, newest_reviews

engine = create_engine(os.environ["BENCH_URL"])
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
templates.env.filters.update(FILTERS)
templates.env.trim_blocks = templates.env.lstrip_blocks = True
app = FastAPI()
COPIED = (
    *("summary", "enrolled_count", "status", "published_at", "updated_at", "version", "tags"),
    *("subtitle", "outcomes", "requirements", "audience"),
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
    reviews = newest_reviews(session, course)
    shown = context(course, course.instructors, course.related, reviews, urls(request))
    return templates.TemplateResponse(request=request, name="course.html", context=shown)


def urls(request: Request) -> Callable[..., str]:
    """Return what gives the addresses of places."""
    return lambda name, **parts: str(request.url_for(name, **parts))


def short(course: Course, url: Callable[..., str]) -> dict[str, Any]:
    """Return what is said of a course wherever it is named."""
    shelf = course.category
    place = url("category", slug=shelf.slug)
    return {
        "slug": course.slug,
        "url": url("course", slug=course.slug),
        "title": course.title,
        "level": course.level,
        "language": course.language,
        "duration_minutes": course.duration_minutes,
        "category": {"slug": shelf.slug, "title": shelf.title, "url": place},
        "price": {"amount": f"{course.price / 10_000:.2f}", "currency": "USD"},
        "rating": {
            "average": course.rating,
            "count": course.rating_count,
            "histogram": {str(n): count for n, count in reversed(course.histogram)},
        },
    }


def taught(totals: InstructorCount) -> dict[str, Any]:
    """Return what an instructor's published courses add up to."""
    rating = {"average": totals.rating, "count": totals.rating_count}
    return {"courses": totals.courses, "students": totals.students, "rating": rating}


@app.get("/api/courses/{slug}")
def course_json(request: Request, course: CourseDep) -> dict[str, Any]:
    """Return the same keys as ours, but for what one may do there."""
    url = urls(request)
    people = [
        {"username": one.username, "name": one.name, "url": url("person", username=one.username)}
        for one in course.instructors
    ]
    return {
        **{name: getattr(course, name) for name in COPIED},
        **short(course, url),
        "outline": [
            {**section, "lessons": [{"id": None, **lesson} for lesson in section["lessons"]]}
            for section in course.outline
        ],
        "about": {"markdown": course.about_markdown, "html": course.about_html},
        "instructors": people,
        "instructor_facts": [
            {**person, **taught(one.totals)}
            for person, one in zip(people, course.instructors, strict=True)
        ],
        "related": [
            {**short(one, url), "why": why} for one, why in related_of(course, course.related)
        ],
        "links": {name: url(name, slug=course.slug) for name in LINKED},
    }


def elsewhere() -> str:
    return ""


for place, path in PLACES.items():
    app.get(path, name=place)(elsewhere)
