"""Human-readable labels of enumerated values: levels, statuses, roles, sort orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.domain.i18n import _
from courseshop.rendering.locales import translate

if TYPE_CHECKING:
    from courseshop.framework.request import Request

LEVELS = {
    "all": _("For all levels"),
    "beginner": _("Beginner"),
    "intermediate": _("Intermediate"),
    "advanced": _("Advanced"),
}
PRICES = {"free": _("Free"), "paid": _("Paid")}
# Sort orders of course lists.
ORDERS = {
    "relevance": _("Best match"),
    "newest": _("Newest"),
    "rating": _("Best rated"),
    "popular": _("Most popular"),
    "title": _("Title"),
    "price": _("Lowest price"),
    "-price": _("Highest price"),
}
# Sort orders of the reviews of a course.
REVIEW_ORDERS = {
    "newest": _("Newest"),
    "helpful": _("Most helpful"),
    "highest": _("Highest rating"),
    "lowest": _("Lowest rating"),
}
STATUSES = {
    "draft": _("Draft"),
    "submitted": _("In review"),
    "published": _("Published"),
    "archived": _("Archived"),
}
VISIBILITIES = {
    "private": _("Private"),
    "link": _("Anyone with the link"),
    "public": _("Public (shown on your profile)"),
}
REASONS = {
    "spam": _("Advertising"),
    "offensive": _("Offensive"),
    "off_topic": _("Off-topic"),
    "false": _("False information"),
    "other": _("Other"),
}
DECISIONS = {"approve": _("Publish"), "hide": _("Hide"), "dismiss": _("Dismiss reports")}
OUTCOMES = {
    "approve": _("Review published"),
    "hide": _("Review hidden"),
    "dismiss": _("Dismissed"),
}
ROLES = {
    "student": _("Student"),
    "instructor": _("Instructor"),
    "moderator": _("Moderator"),
    "admin": _("Admin"),
}
# What an API token may do.
SCOPES = {"read": _("Read only"), "write": _("Read and write")}
# The values that fields and filters offer.
CHOICES = {
    **LEVELS,
    **PRICES,
    **ORDERS,
    **REVIEW_ORDERS,
    **STATUSES,
    **VISIBILITIES,
    **REASONS,
    **DECISIONS,
    **ROLES,
    **SCOPES,
}
# Of the fields of forms.
FIELDS = {
    "about": _("About Course"),
    "audience": _("Who this course is for"),
    "category": _("Category"),
    "comment": _("Comment"),
    "current_password": _("Current password"),
    "days": _("Expires in (days)"),
    "duration_minutes": _("Duration in minutes"),
    "email": _("Email address"),
    "language": _("Language"),
    "level": _("Level"),
    "name": _("Name"),
    "new_password": _("New password"),
    "note": _("Note"),
    "outcomes": _("What you will learn"),
    "outline": _("Outline"),
    "password": _("Password"),
    "price": _("Price"),
    "rating": _("Rating"),
    "reason": _("Reason"),
    "requirements": _("Requirements"),
    "role": _("Role"),
    "scope": _("Access"),
    "slug": _("Page address"),
    "status": _("Status"),
    "summary": _("Summary"),
    "tags": _("Tags"),
    "text": _("Text"),
    "title": _("Title"),
    "username": _("Username"),
    "visibility": _("Visibility"),
}


# Of the entries of a field that holds a list.
ENTRY = _("Item ${entry}")
ENTRIES = {"tags": _("Tag ${entry}")}


def field_label(request: Request, name: str) -> str:
    """Return the label of a form's field, for one without a label its name in words."""
    label = FIELDS.get(name)
    return translate(request, label) if label else name.replace("_", " ").capitalize()


def entry_label(request: Request, name: str, entry: str) -> str:
    """Return the label of an entry of a list; `entry` is its position, counted from 1."""
    return translate(request, ENTRIES.get(name, ENTRY), {"entry": entry})


def choice_label(request: Request, value: str) -> str:
    """Return the label of a value that a field or filter offers, the value if it has none."""
    return translate(request, CHOICES.get(value, value))


def level(request: Request, value: str) -> str:
    return translate(request, LEVELS[value])


def status(request: Request, value: str) -> str:
    return translate(request, STATUSES[value])


def role(request: Request, value: str) -> str:
    return translate(request, ROLES[value])


def visibility(request: Request, value: str) -> str:
    """Return the label for the visibility of a wishlist."""
    return translate(request, VISIBILITIES[value])


def reason(request: Request, value: str) -> str:
    """Return the label for the reason of a report."""
    return translate(request, REASONS[value])


def outcome(request: Request, value: str) -> str:
    """Return the label for a moderator's decision."""
    return translate(request, OUTCOMES[value])
