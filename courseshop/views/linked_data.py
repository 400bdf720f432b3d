"""Structured data for search engines: JSON-LD with the vocabulary of schema.org.

Google's documentation of structured data says which parts of it Google shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from courseshop.domain.money import as_text
from courseshop.views.opensearch import search_template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from courseshop.framework.request import Request
    from courseshop.models.rows import CourseRow
    from courseshop.resources import Course
    from courseshop.schemas.course import CourseSummary, RatingOut
    from courseshop.schemas.review import ReviewOut

    # A JSON-LD node, and the value of a property.
    Linked: TypeAlias = "dict[str, LinkedValue]"
    LinkedValue: TypeAlias = (
        "str | float | Sequence[LinkedValue] | Mapping[str, LinkedValue] | None"
    )

CONTEXT = {"@context": "https://schema.org"}
MINUTES = 60


def website(request: Request) -> Linked:
    """Return the shop and its search URL (https://schema.org/SearchAction)."""
    target = {"@type": "EntryPoint", "urlTemplate": search_template(request, "query")}
    action: Linked = {
        "@type": "SearchAction",
        "target": target,
        "query-input": "required name=query",
    }
    home, name = request.places["home"], request.settings.name
    site = {"@type": "WebSite", "@id": home, "url": home, "name": name}
    return {**CONTEXT, **site, "description": request.settings.tagline, "potentialAction": action}


def breadcrumbs(*crumbs: tuple[str, str]) -> Linked:
    """Return breadcrumbs, given as (title, URL) pairs (https://schema.org/BreadcrumbList)."""
    items: list[Linked] = [
        {"@type": "ListItem", "position": at, "name": name, "item": url}
        for at, (name, url) in enumerate(crumbs, start=1)
    ]
    return {**CONTEXT, "@type": "BreadcrumbList", "itemListElement": items}


def item_list(courses: Iterable[CourseSummary]) -> list[Linked]:
    """Return the courses on a page as one list (https://schema.org/ItemList), or an empty list.

    It only has titles and URLs; the course pages have the details. Positions count from the top of
    the page, because cursor pagination knows no row numbers.
    """
    items: list[Linked] = [
        {"@type": "ListItem", "position": at, "name": one["title"], "url": one["url"]}
        for at, one in enumerate(courses, start=1)
    ]
    return [{**CONTEXT, "@type": "ItemList", "itemListElement": items}] if items else []


def linked_course(place: Course, rating: RatingOut, items: list[ReviewOut]) -> Linked:
    """Return a course in the vocabulary of schema.org. Without reviews it has no rating.

    Source: https://schema.org/Course, https://schema.org/AggregateRating
    """
    row, request = place.row, place.request
    shop = {"@type": "Organization", "name": request.settings.name, "url": request.application_url}
    data: Linked = {
        **CONTEXT,
        "@type": "Course",
        "@id": place.url(),
        "url": place.url(),
        "name": row.title,
        "description": row.summary or row.title,
        "inLanguage": row.language,
        "provider": shop,
        "offers": offer(place),
        **taught(row),
    }
    if rating["count"]:
        data["aggregateRating"] = {
            "@type": "AggregateRating",
            "ratingValue": rating["average"],
            "ratingCount": rating["count"],
            "bestRating": 5,
            "worstRating": 1,
        }
        published = [one for one in items if "status" not in one]
        data["review"] = [linked_review(one) for one in published]
    return data


def offer(place: Course) -> Linked:
    row, currency = place.row, place.request.settings.currency
    return {
        "@type": "Offer",
        "price": as_text(row.price, currency),
        "priceCurrency": currency,
        "url": place.url(),
        "category": "Paid" if row.price else "Free",
    }


def taught(row: CourseRow) -> Linked:
    """Return the optional properties of a course, without the empty ones.

    All courses of the shop are online and have no fixed dates, so the only new information in a
    CourseInstance is the duration. Without a duration it is omitted.
    """
    hours, minutes = divmod(row.duration_minutes, MINUTES)
    instance = {
        "@type": "CourseInstance",
        "courseMode": "Online",
        "courseWorkload": f"PT{hours}H{minutes}M",
    }
    facts: Linked = {
        "hasCourseInstance": instance if row.duration_minutes else None,
        "educationalLevel": None if row.level == "all" else row.level.title(),
        "teaches": row.outcomes,
        "coursePrerequisites": row.requirements,
        "keywords": row.tags,
        "datePublished": row.published_at.date().isoformat() if row.published_at else None,
        "dateModified": row.updated_at.date().isoformat(),
    }
    return {name: value for name, value in facts.items() if value}


def linked_review(found: ReviewOut) -> Linked:
    author = found["author"]
    return {
        "@type": "Review",
        "url": found["url"],
        "author": {"@type": "Person", "name": author["name"] if author else "—"},
        "datePublished": found["created_at"].date().isoformat(),
        "reviewBody": found["text"]["markdown"],
        "reviewRating": {"@type": "Rating", "ratingValue": found["rating"], "bestRating": 5},
    }
