"""What the three pages share: what they show beside the rows, and how they say it.

Numbers, times and languages are said in English alone, which is less than our page does, and in
the favour of the others.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# The places that the page links to, by the names that its links are made of.
OF_SHOP = ("logo", "opensearch", "courses", "suggestions", "compare", "categories", "login")
OF_COURSE = ("feed", "card", "qr", "share", "enrolment", "wish", "reviews")
PLACES = {
    "home": "/",
    **{name: f"/{name}" for name in (*OF_SHOP, "register", "api")},
    "category": "/categories/{slug}",
    "person": "/people/{username}",
    **{name: f"/courses/{{slug}}/{name}" for name in OF_COURSE},
    "network": "/courses/{slug}/share/{network}",
    "review": "/courses/{slug}/reviews/{id}",
    "helpful": "/courses/{slug}/reviews/{id}/helpful",
    "reports": "/courses/{slug}/reviews/{id}/reports",
}
LANGUAGES = {
    "en": "English",
    "es": "Spanish",
    "de": "German",
    "fr": "French",
    "ja": "Japanese",
    "pt-BR": "Portuguese (Brazil)",
    "hi": "Hindi",
    "ar": "Arabic",
}
NAMES = ("Facebook", "X", "LinkedIn", "WhatsApp", "Telegram", "Bluesky", "Reddit")


FILTERS: dict[str, Callable[[Any], Any]] = {
    "money": lambda amount: f"${amount / 10_000:,.2f}" if amount else "Free",
    "duration": lambda minutes: f"{minutes // 60} h {minutes % 60} min",
    "day": lambda moment: f"{moment:%B} {moment.day}, {moment.year}",
    "iso": lambda moment: moment.isoformat(),
    "level": lambda name: "All levels" if name == "all" else name.title(),
    "language": lambda tag: LANGUAGES[tag],
    "number": lambda value: f"{value:,}",
    # To halves; and 4.0 as "4".
    "stars": lambda mean: (2 * round(mean * 10) + 5) // 10 / 2,
    "whole": lambda value: f"{value:g}",
}


class Rated:
    """A course with the counters that our tables have."""

    rating_count: Any
    rating_sum: Any

    @property
    def rating(self) -> float | None:
        """Return the mean by our rounding rule: half up, to one decimal."""
        total, count = self.rating_sum, self.rating_count
        return (20 * total + count) // (2 * count) / 10 if count else None

    @property
    def histogram(self) -> list[tuple[int, int]]:
        """Return stars and how many gave them, the most stars first."""
        return [(n, getattr(self, f"rating_{n}")) for n in (5, 4, 3, 2, 1)]


def related_of(course: Any, links: Iterable[Any]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return the six courses that go with this one, each with the reasons."""
    found = [(link.other, reasons(course, link)) for link in links]
    return [(other, why) for other, why in found if why and other.status == "published"][:6]


def reasons(course: Any, link: Any) -> list[dict[str, Any]]:
    theirs = {tag.casefold() for tag in link.other.tags}
    tags = [tag for tag in course.tags if tag.casefold() in theirs][:3]
    found: list[dict[str, Any]] = []
    if link.wished:
        found.append({"reason": "wished", "text": "On the same people's wishlists"})
    if tags:
        found.append({"reason": "tags", "text": f"Also about: {', '.join(tags)}", "tags": tags})
    if link.other.category_id == course.category_id:
        found.append({"reason": "category", "text": "Same category"})
    return found


def context(
    course: Any,
    instructors: Iterable[Any],
    links: Iterable[Any],
    reviews: Sequence[Any],
    url: Callable[..., str],
) -> dict[str, Any]:
    """Return what the template needs; there are more than ten reviews where 11 are given.

    `url(name, **parts)` returns the address of a place.
    """
    lists = (
        ("outcomes", "What you will learn", course.outcomes),
        ("requirements", "Requirements", course.requirements),
        ("audience", "Who this course is for", course.audience),
    )
    related, shown = related_of(course, links), reviews[:10]
    data = (way_to(course, url), linked(course, shown, url))
    return {
        "course": course,
        "here": url("course", slug=course.slug),
        "all": url("reviews", slug=course.slug),
        "instructors": instructors,
        "lists": [one for one in lists if one[2]],
        "related": related,
        "first": [other for other, _why in related[:3]],
        "reviews": shown,
        "last": shown[-1] if len(reviews) > len(shown) else None,
        "networks": [(name.lower(), name) for name in NAMES],
        # Nothing in it can end the element that it is in.
        "linked": [json.dumps(one).replace("<", "\\u003c") for one in data],
    }


def way_to(course: Any, url: Callable[..., str]) -> dict[str, Any]:
    """Return the way here for search engines, in the words of schema.org."""
    shelf = course.category
    way = (
        ("Courses", url("courses")),
        (shelf.title, url("category", slug=shelf.slug)),
        (course.title, url("course", slug=course.slug)),
    )
    items = [
        {"@type": "ListItem", "position": at, "name": name, "item": address}
        for at, (name, address) in enumerate(way, start=1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


def linked(course: Any, reviews: Iterable[Any], url: Callable[..., str]) -> dict[str, Any]:
    """Return the course for search engines."""
    here = url("course", slug=course.slug)
    hours, minutes = divmod(course.duration_minutes, 60)
    return {
        "@context": "https://schema.org",
        "@type": "Course",
        "@id": here,
        "url": here,
        "name": course.title,
        "description": course.summary or course.title,
        "inLanguage": course.language,
        "provider": {"@type": "Organization", "name": "courseshop", "url": url("home")},
        "offers": {
            "@type": "Offer",
            "price": f"{course.price / 10_000:.2f}",
            "priceCurrency": "USD",
            "url": here,
            "category": "Paid" if course.price else "Free",
        },
        "hasCourseInstance": {
            "@type": "CourseInstance",
            "courseMode": "Online",
            "courseWorkload": f"PT{hours}H{minutes}M",
        },
        "educationalLevel": course.level.title(),
        "teaches": course.outcomes,
        "coursePrerequisites": course.requirements,
        "keywords": course.tags,
        "datePublished": course.published_at and course.published_at.date().isoformat(),
        "dateModified": course.updated_at.date().isoformat(),
        **(rated(course, reviews, url) if course.rating_count else {}),
    }


def rated(course: Any, reviews: Iterable[Any], url: Callable[..., str]) -> dict[str, Any]:
    mean = {"ratingValue": course.rating, "ratingCount": course.rating_count}
    return {
        "aggregateRating": {"@type": "AggregateRating", "bestRating": 5, "worstRating": 1, **mean},
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
