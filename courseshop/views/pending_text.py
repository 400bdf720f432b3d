"""Sentences on the login and registration pages about the pending action."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from courseshop.domain.i18n import _
from courseshop.protection.request_body import parse_form
from courseshop.rendering.locales import translate
from courseshop.services import pending_action

if TYPE_CHECKING:
    from courseshop.framework.request import Request
    from courseshop.models.rows import PendingFormRow


class Sentences(NamedTuple):
    """The sentences of the two pages about a pending action; both may name the `${course}`."""

    login: str
    register: str


ANY = Sentences(
    _("Log in and we'll submit your form."),
    _("Create an account and we'll submit your form."),
)
# By the path that the form was sent to.
KNOWN = {
    r"/wishlists/[^/]+/(?P<slug>[^/]+)": Sentences(
        _("Log in to save “${course}” to your wishlist."),
        _("Create an account to save “${course}” to your wishlist."),
    ),
    r"/courses/(?P<slug>[^/]+)/enrolment": Sentences(
        _("Log in to enrol in “${course}”."),
        _("Create an account to enrol in “${course}”."),
    ),
    r"/courses/(?P<slug>[^/]+)/reviews": Sentences(
        _("Log in to post your review of “${course}”."),
        _("Create an account to post your review of “${course}”."),
    ),
    r"/courses/[^/]+/reviews/[^/]+/helpful": Sentences(
        _("Log in to mark a review as helpful."),
        _("Create an account to mark a review as helpful."),
    ),
    r"/courses/[^/]+/reviews/[^/]+/reports": Sentences(
        _("Log in to send your report."),
        _("Create an account to send your report."),
    ),
}
# Fields of forms that do the opposite.
OPPOSITES = {("wish", "off"), ("on", "0")}


def sentences_of(request: Request, row: PendingFormRow) -> Sentences:
    """Return the sentences for a pending action; they name a course only if guests may view it."""
    if OPPOSITES.intersection(parse_form(row.body.encode())):
        return translated(request, ANY)
    for path, sentences in KNOWN.items():
        match = re.fullmatch(path, row.path)
        if match:
            return named(request, sentences, match.groupdict().get("slug"))
    return translated(request, ANY)


def named(request: Request, sentences: Sentences, slug: str | None) -> Sentences:
    """Return the sentences with the title of the course called `slug`, if they name one."""
    title = "" if slug is None else pending_action.title_of(request.db, slug)
    return translated(request, ANY if title is None else sentences, title or "")


def translated(request: Request, sentences: Sentences, title: str = "") -> Sentences:
    return Sentences(*(translate(request, one, {"course": title}) for one in sentences))
