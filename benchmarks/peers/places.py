"""The places that the page links to, by the names that its links are made of."""

from __future__ import annotations

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
