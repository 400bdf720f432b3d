"""What the three pages share: what they show beside the rows, and how they say it.

Numbers, times and languages are said in English alone, all courses have one cover, and all avatars
the same colors. That is less than our page does, and in the favour of the others.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# The places that the page links to, by the names that its links are made of.
OF_SHOP = ("logo", "opensearch", "courses", "suggestions", "compare", "categories", "login")
OF_COURSE = ("feed", "card", "qr", "share", "enrolment", "wish", "reviews")
PLACES = {
    "home": "/",
    **{name: f"/{name}" for name in (*OF_SHOP, "register", "teaching", "api")},
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

ICONS = dict(
    re.findall(
        r'<symbol id="([\w-]+)" viewBox="0 0 20 20">(.*?)</symbol>',
        (Path(__file__).parents[2] / "courseshop/rendering/icons.svg").read_text(encoding="utf-8"),
    )
)
ALL_STARS = "".join(
    f"M{10 + 20 * n} 2.6l2.3 4.7 5.2.7-3.8 3.6.9 5.2-4.6-2.5-4.6 2.5.9-5.2-3.8-3.6 5.2-.7z"
    for n in range(5)
)
HIDDEN = 'aria-hidden="true" focusable="false"'
# A stack of books: paths, and their colors.
BOOKS = (
    ("M0 0H320V180H0z", "#1d2a4d"),
    ("M0 168H320V180H0z", "#f0dcb8"),
    ("M119 143h161v25h-161z", "#33478a"),
    ("M104 114h154v29h-154z", "#f0dcb8"),
    ("M114 86h139v28h-139z", "#33478a"),
    ("M109 64h145v22h-145z", "#7088c8"),
    ("M272 148h9v15h-9zM250 119h9v19h-9zM118 114h6v29h-6z", "#1d2a4d"),
    ("M245 91h9v18h-9zM246 69h9v12h-9zM123 64h6v22h-6z", "#1d2a4d"),
    ("M133 143h6v25h-6zM128 86h6v28h-6z", "#f2a65a"),
)
COVER = Markup(  # noqa: S704 - our own SVG
    f'<svg viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice" {HIDDEN}>'
    + "".join(f'<path d="{shape}" fill="{ink}"/>' for shape, ink in BOOKS)
    + '<circle cx="204" cy="44" r="20" fill="#f2a65a"/></svg>'
)


@cache
def icon(name: str) -> Markup:
    svg = f'<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">{ICONS[name]}</svg>'
    return Markup(svg)  # noqa: S704 - our own SVG


@cache
def stars(mean: float) -> Markup:
    """Return a rating as stars, to halves; it is said as a number, 4.0 as "4"."""
    wide = (2 * round(mean * 10) + 5) // 10 / 2 * 20
    return Markup(  # noqa: S704 - our own SVG
        f'<svg class="stars" viewBox="0 0 100 20" role="img" aria-label="{mean:g} out of 5 stars">'
        f'<path class="off" d="{ALL_STARS}" /><svg width="{wide}" height="20">'
        f'<path d="{ALL_STARS}" /></svg></svg>'
    )


def avatar(name: str) -> Markup:
    """Return the initials of the first and the last word."""
    words = name.split()
    letters = escape("".join(word[0] for word in words[:1] + words[1:][-1:]).upper())
    return Markup(  # noqa: S704 - the letters are escaped
        f'<svg class="avatar" viewBox="0 0 64 64" {HIDDEN}>'
        '<rect width="64" height="64" fill="#1d2a4d"/><text x="32" y="41" font-size="26" '
        'font-weight="700" font-family="system-ui, sans-serif" text-anchor="middle" '
        f'fill="#f6dfba">{letters}</text></svg>'
    )


def duration(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours:,} h {rest} min" if rest else f"{hours:,} h"


def brief(text: str) -> str:
    """Return a text of at most 200 characters, or a few more than that rather than an ellipsis."""
    return text if len(text) <= 205 else f"{text[:197].rsplit(' ', 1)[0]}..."


def counted(word: str) -> Callable[[int], str]:
    """Return what counts things: "1 course", "2 courses"."""
    return lambda number: f"{number} {word}" if number == 1 else f"{number} {word}s"


FILTERS: dict[str, Callable[[Any], Any]] = {
    "money": lambda amount: f"${amount / 10_000:,.2f}" if amount else "Free",
    "duration": duration,
    "day": lambda moment: f"{moment:%B} {moment.day}, {moment.year}",
    "iso": lambda moment: moment.isoformat(),
    "level": lambda name: "For all levels" if name == "all" else name.title(),
    "language": lambda tag: LANGUAGES[tag],
    "number": lambda value: f"{value:,}",
    **{f"{one}s": counted(one) for one in ("rating", "student", "course", "section", "lesson")},
    **{one.__name__: one for one in (brief, icon, stars, avatar)},
}


class Rated:
    """A course, or an instructor's courses, with the counters that our tables have."""

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

    @property
    def bars(self) -> list[tuple[int, int, float]]:
        """Return the histogram with the percentage of each."""
        total = self.rating_count
        return [(n, count, round(100 * count / total, 1)) for n, count in self.histogram]


def related_of(course: Any, links: Iterable[Any]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Return the six courses that go with this one, each with the reasons."""
    found = [(link.other, reasons(course, link)) for link in links]
    return [(other, why) for other, why in found if why and other.status == "published"][:6]


def reasons(course: Any, link: Any) -> list[dict[str, Any]]:
    theirs = {tag.casefold() for tag in link.other.tags}
    tags = [tag for tag in course.tags if tag.casefold() in theirs][:3]
    found: list[dict[str, Any]] = []
    if link.wished:
        found.append({"reason": "wished", "text": "Often saved together"})
    if tags:
        found.append({"reason": "tags", "text": f"Also about: {', '.join(tags)}", "tags": tags})
    if link.other.category_id == course.category_id:
        found.append({"reason": "category", "text": "Same category"})
    return found


def context(
    course: Any,
    instructors: Sequence[Any],
    links: Iterable[Any],
    reviews: Sequence[Any],
    url: Callable[..., str],
) -> dict[str, Any]:
    """Return what the template needs; there are more than ten reviews where 11 are given.

    `url(name, **parts)` returns the address of a place.
    """
    lists = (
        ("requirements", "Requirements", course.requirements),
        ("audience", "Who this course is for", course.audience),
    )
    related, shown = related_of(course, links), reviews[:10]
    outline = [
        (section, sum(lesson["minutes"] for lesson in section["lessons"]))
        for section in course.outline
    ]
    return {
        "course": course,
        "here": url("course", slug=course.slug),
        "back": f"%2Fcourses%2F{course.slug}",
        "all": url("reviews", slug=course.slug),
        "cover": COVER,
        "instructors": instructors,
        "faces": instructors[:3],
        "outline": outline,
        "lesson_count": sum(len(section["lessons"]) for section in course.outline),
        "lists": [one for one in lists if one[2]],
        "related": related,
        "first": [other for other, _why in related[:3]],
        "reviews": shown,
        "last": shown[-1] if len(reviews) > len(shown) else None,
        "networks": [(name.lower(), name) for name in NAMES],
        "way": as_json(way_to(course, url)),
        "linked": as_json(linked(course, shown, url)),
    }


def as_json(data: dict[str, Any]) -> str:
    """Return JSON in which nothing can end the element that it is in."""
    return json.dumps(data).replace("<", "\\u003c")


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
