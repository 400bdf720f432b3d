"""The page and its JSON by FastAPI, with SQLAlchemy, Jinja's templates and pydantic's models.

After the documentation's "SQL (Relational) Databases", "Templates" and "Response Model"; served
by uvicorn. It has no negotiation by Accept, so the JSON has a path of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from benchmarks.peers import schemas
from benchmarks.peers.linked_data import linked_data
from benchmarks.peers.places import PLACES
from benchmarks.peers.sql.models import Course
from benchmarks.peers.sql.queries import find_course, page_of, related_of
from benchmarks.peers.wording import FILTERS

engine = create_engine(os.environ["BENCH_URL"])
templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
templates.env.filters.update(FILTERS)
templates.env.trim_blocks = templates.env.lstrip_blocks = True
app = FastAPI()


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


def address_of(request: Request) -> Callable[..., str]:
    return lambda name, **parts: str(request.url_for(name, **parts))


@app.get("/courses/{slug}", response_class=HTMLResponse, name="course")
def course_page(request: Request, course: CourseDep, session: SessionDep) -> HTMLResponse:
    context = page_of(session, course)
    context["linked"] = linked_data(course, context["reviews"], address_of(request))
    return templates.TemplateResponse(request=request, name="course.html", context=context)


@app.get("/api/courses/{slug}")
def course_json(request: Request, course: CourseDep) -> schemas.CourseOut:
    return schemas.course_out(request, course, related_of(course))


def elsewhere() -> str:
    return ""


for place, path in PLACES.items():
    app.get(path, name=place)(elsewhere)
