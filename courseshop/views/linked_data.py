"""A course as search engines read it: JSON-LD in the words of schema.org."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from courseshop.resources import Course
    from courseshop.schemas.review import ReviewOut


def linked_data(place: Course, rating: Any, items: list[ReviewOut]) -> dict[str, Any]:
    """Return the course as schema.org describes one; without reviews it has no rating there.

    Source: https://schema.org/Course, https://schema.org/AggregateRating
    """
    row, request = place.row, place.request
    shop = {"@type": "Organization", "name": request.shop.name, "url": request.application_url}
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": place.url(),
        "url": place.url(),
        "name": row.title,
        "description": row.summary or row.title,
        "inLanguage": row.language,
        "provider": shop,
        "offers": {
            "@type": "Offer",
            "price": f"{row.price:.2f}",
            "priceCurrency": request.shop.currency,
            "url": place.url(),
            "category": "Paid" if row.price else "Free",
        },
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


def linked_review(found: ReviewOut) -> dict[str, Any]:
    author = found["author"]
    return {
        "@type": "Review",
        "url": found["url"],
        "author": {"@type": "Person", "name": author["name"] if author else "—"},
        "datePublished": found["created_at"].date().isoformat(),
        "reviewBody": found["text"]["markdown"],
        "reviewRating": {"@type": "Rating", "ratingValue": found["rating"], "bestRating": 5},
    }
