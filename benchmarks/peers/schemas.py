"""What FastAPI answers as JSON: the same keys as ours."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, BeforeValidator

if TYPE_CHECKING:
    from fastapi import Request

    from benchmarks.peers.sql.models import Course

CURRENCY = "USD"


def in_utc(moment: datetime) -> datetime:
    """Return a moment with its zone, which SQLite does not keep."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


Moment = Annotated[datetime, BeforeValidator(in_utc)]


class CategoryOut(BaseModel):
    slug: str
    title: str
    url: str


class PersonOut(BaseModel):
    username: str
    name: str
    url: str


class MoneyOut(BaseModel):
    amount: str
    currency: str


class RatingOut(BaseModel):
    average: float | None
    count: int
    histogram: dict[str, int]


class AboutOut(BaseModel):
    markdown: str
    html: str


class LessonOut(BaseModel):
    title: str
    minutes: int


class SectionOut(BaseModel):
    title: str
    lessons: list[LessonOut]


class ShortOut(BaseModel):
    slug: str
    url: str
    title: str
    category: CategoryOut
    level: str
    language: str
    duration_minutes: int
    price: MoneyOut
    rating: RatingOut


class RelatedOut(ShortOut):
    why: list[str]


class CourseOut(ShortOut):
    summary: str
    instructors: list[PersonOut]
    enrolled_count: int
    status: str
    published_at: Moment
    updated_at: Moment
    version: int
    wished: bool | None
    about: AboutOut
    tags: list[str]
    outcomes: list[str]
    requirements: list[str]
    audience: list[str]
    outline: list[SectionOut]
    related: list[RelatedOut]
    links: dict[str, str]


def short(request: Request, course: Course) -> dict[str, Any]:
    """Return what is said of a course wherever it is named."""
    category = course.category
    return {
        "slug": course.slug,
        "url": str(request.url_for("course", slug=course.slug)),
        "title": course.title,
        "category": {
            "slug": category.slug,
            "title": category.title,
            "url": str(request.url_for("category", slug=category.slug)),
        },
        "level": course.level,
        "language": course.language,
        "duration_minutes": course.duration_minutes,
        "price": {"amount": f"{course.price / 100:.2f}", "currency": CURRENCY},
        "rating": {
            "average": course.rating,
            "count": course.rating_count,
            "histogram": {str(n): count for n, count in reversed(course.histogram)},
        },
    }


def course_out(
    request: Request, course: Course, related: list[tuple[Course, list[str]]]
) -> CourseOut:
    return CourseOut(
        **short(request, course),
        summary=course.summary,
        instructors=[
            PersonOut(
                username=one.username,
                name=one.name,
                url=str(request.url_for("person", username=one.username)),
            )
            for one in course.instructors
        ],
        enrolled_count=course.enrolled_count,
        status=course.status,
        published_at=course.published_at,
        updated_at=course.updated_at,
        version=course.version,
        wished=None,
        about=AboutOut(markdown=course.about_markdown, html=course.about_html),
        tags=course.tags,
        outcomes=course.outcomes,
        requirements=course.requirements,
        audience=course.audience,
        outline=course.outline,
        related=[RelatedOut(**short(request, one), why=why) for one, why in related],
        links={
            name: str(request.url_for(name, slug=course.slug))
            for name in ("course", "reviews", "share", "enrolment")
        },
    )
