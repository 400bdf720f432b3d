"""What search engines read of the page: JSON-LD in the words of schema.org, as our page has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CONTEXT = {"@context": "https://schema.org"}


def linked_data(
    course: Any, reviews: Iterable[Any], url: Callable[..., str]
) -> list[dict[str, Any]]:
    """Return the way to a course, and the course with the reviews on its page.

    `url(name, **parts)` returns the address of a place by its name in `PLACES`.
    """
    here = url("course", slug=course.slug)
    shelf = course.category
    way = [
        ("Courses", url("courses")),
        (shelf.title, url("category", slug=shelf.slug)),
        (course.title, here),
    ]
    items = [
        {"@type": "ListItem", "position": at, "name": name, "item": address}
        for at, (name, address) in enumerate(way, start=1)
    ]
    crumbs = {**CONTEXT, "@type": "BreadcrumbList", "itemListElement": items}
    return [crumbs, {**described(course, here, url("home")), **rated(course, reviews, url)}]


def described(course: Any, here: str, home: str) -> dict[str, Any]:
    hours, minutes = divmod(course.duration_minutes, 60)
    workload = f"PT{hours}H{minutes}M"
    return {
        **CONTEXT,
        "@type": "Course",
        "@id": here,
        "url": here,
        "name": course.title,
        "description": course.summary or course.title,
        "inLanguage": course.language,
        "provider": {"@type": "Organization", "name": "courseshop", "url": home},
        "offers": {
            "@type": "Offer",
            "price": f"{course.price / 100:.2f}",
            "priceCurrency": "USD",
            "url": here,
            "category": "Paid" if course.price else "Free",
        },
        "hasCourseInstance": {
            "@type": "CourseInstance",
            "courseMode": "Online",
            "courseWorkload": workload,
        },
        "educationalLevel": course.level.title(),
        "teaches": course.outcomes,
        "coursePrerequisites": course.requirements,
        "keywords": course.tags,
        "datePublished": course.published_at and course.published_at.date().isoformat(),
        "dateModified": course.updated_at.date().isoformat(),
    }


def rated(course: Any, reviews: Iterable[Any], url: Callable[..., str]) -> dict[str, Any]:
    if not course.rating_count:
        return {}
    return {
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": course.rating,
            "ratingCount": course.rating_count,
            "bestRating": 5,
            "worstRating": 1,
        },
        "review": [
            {
                "@type": "Review",
                "url": url("review", slug=course.slug, id=review.id),
                "author": {"@type": "Person", "name": review.author.name if review.author else "—"},
                "datePublished": review.created_at.date().isoformat(),
                "reviewBody": review.text_markdown,
                "reviewRating": {"@type": "Rating", "ratingValue": review.rating, "bestRating": 5},
            }
            for review in reviews
        ],
    }
