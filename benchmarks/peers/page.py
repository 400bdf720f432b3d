"""What the three pages share: what they show beside the rows, and how they say it.

Numbers, times and languages are said in English alone, which is less than our page does, and in
the favour of the others.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from babel import Locale

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

# The places that the page links to, by the names that its links are made of.
PLACES = {
    "home": "/",
    "logo": "/logo",
    "opensearch": "/opensearch.xml",
    "courses": "/courses",
    "suggestions": "/courses/suggestions",
    "compare": "/courses/compare",
    "categories": "/categories",
    "category": "/categories/{slug}",
    "person": "/people/{username}",
    "login": "/account/login",
    "register": "/account/register",
    "api": "/api",
    "feed": "/courses/{slug}/feed.atom",
    "card": "/courses/{slug}/card.png",
    "qr": "/courses/{slug}/qr.svg",
    "share": "/courses/{slug}/share",
    "network": "/courses/{slug}/share/{network}",
    "enrolment": "/courses/{slug}/enrolment",
    "wish": "/wishlists/default/{slug}",
    "reviews": "/courses/{slug}/reviews",
    "review": "/courses/{slug}/reviews/{id}",
    "helpful": "/courses/{slug}/reviews/{id}/helpful",
    "reports": "/courses/{slug}/reviews/{id}/reports",
}
CONTEXT = {"@context": "https://schema.org"}
NAMES = ("Facebook", "X", "LinkedIn", "WhatsApp", "Telegram", "Bluesky", "Reddit")
NETWORKS = {name.lower(): name for name in NAMES}


def money(cents: int) -> str:
    return f"${cents / 100:,.2f}" if cents else "Free"


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"] if rest or not hours else parts)


def day(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"


def level(name: str) -> str:
    return "All levels" if name == "all" else name.title()


@cache
def language(tag: str) -> str:
    return str(Locale.parse(tag, sep="-").get_display_name("en"))


def number(value: int) -> str:
    return f"{value:,}"


def stars(mean: float) -> float:
    return (2 * round(mean * 10) + 5) // 10 / 2


def whole(value: float) -> str:
    """Return 4.0 as "4" and 4.2 as it is."""
    return f"{value:g}"


FILTERS = {
    one.__name__: one for one in (money, duration, day, level, language, number, stars, whole)
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


def related_of(course: Any, links: Iterable[Any]) -> list[tuple[Any, list[str]]]:
    """Return the six courses that go with this one, each with the reasons."""
    found = [(link.other, reasons(course, link)) for link in links]
    return [(other, why) for other, why in found if why and other.status == "published"][:6]


def reasons(course: Any, link: Any) -> list[str]:
    theirs = {tag.casefold() for tag in link.other.tags}
    common = [tag for tag in course.tags if tag.casefold() in theirs][:3]
    return [
        *(["Wished for by the same people"] if link.wished else []),
        *([f"Also about: {', '.join(common)}"] if common else []),
        *(["Same category"] if link.other.category_id == course.category_id else []),
    ]


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
    return {
        "course": course,
        "here": url("course", slug=course.slug),
        "instructors": instructors,
        "lists": [one for one in lists if one[2]],
        "related": related_of(course, links),
        "reviews": reviews[:10],
        "more": len(reviews) > 10,
        "networks": NETWORKS,
        "linked": linked_data(course, reviews[:10], url),
    }


def linked_data(
    course: Any, reviews: Iterable[Any], url: Callable[..., str]
) -> list[dict[str, Any]]:
    """Return what search engines read, in the words of schema.org: the way here, and the course."""
    here, shelf = url("course", slug=course.slug), course.category
    way = (
        ("Courses", url("courses")),
        (shelf.title, url("category", slug=shelf.slug)),
        (course.title, here),
    )
    items = [
        {"@type": "ListItem", "position": at, "name": name, "item": address}
        for at, (name, address) in enumerate(way, start=1)
    ]
    found = [CONTEXT | {"@type": "BreadcrumbList", "itemListElement": items}]
    told = CONTEXT | described(course, here, url("home"))
    return [*found, told | (rated(course, reviews, url) if course.rating_count else {})]


def described(course: Any, here: str, home: str) -> dict[str, Any]:
    hours, minutes = divmod(course.duration_minutes, 60)
    lasts = {"courseMode": "Online", "courseWorkload": f"PT{hours}H{minutes}M"}
    return {
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
        "hasCourseInstance": {"@type": "CourseInstance", **lasts},
        "educationalLevel": course.level.title(),
        "teaches": course.outcomes,
        "coursePrerequisites": course.requirements,
        "keywords": course.tags,
        "datePublished": course.published_at and course.published_at.date().isoformat(),
        "dateModified": course.updated_at.date().isoformat(),
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
