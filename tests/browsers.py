"""Chromium as the tests and `make screenshots` use it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

from extremes import write_extremes
from playwright.sync_api import sync_playwright

from courseshop.domain.actor import Actor
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.report import ReportDraft
from courseshop.schemas.token import TokenDraft
from courseshop.schemas.user import UserDraft
from courseshop.services import (
    course,
    instructor,
    invitation,
    reply,
    report,
    review,
    session,
    status,
    token,
    user,
    wish,
    wishlist,
)

# The shell is the same engine without what a headless browser never shows: it takes a third of the time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
MISSING = "needs Chromium: apt-get install chromium-headless-shell"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
WIDTHS = {"phone": 360, "wide": 1280}
THEMES = ("light", "dark")
PAGES = {
    "home": "/",
    "courses": "/courses",
    "course-seed": "/courses/backend-with-python",
    "course-rated": "/courses/speak-up-public-speaking",
    "share": "/courses/backend-with-python/share",
    "reviews": "/courses/speak-up-public-speaking/reviews",
    "reviews-filtered": "/courses/speak-up-public-speaking/reviews?stars=5&sort=highest&q=the",
    "no-reviews": "/courses/backend-with-python/reviews",
    "found": "/courses?q=design",
    "not-found": "/courses?q=zzzz",
    "corrected": "/courses?q=pyhton",
    "filtered": "/courses?price=free&level=beginner&sort=rating",
    "suggestions": "/courses/suggestions?q=design",
    "categories": "/categories",
    "category": "/categories/design",
    "person": "/people/jonas-lindqvist",
    "student": "/people/mina-rahimi",
    "login": "/account/login",
    "register": "/account/register",
    "logout": "/account/logout",
    "reset": "/account/reset",
    "new-password": "/account/reset/new?key=x",
    "confirm": "/account/confirm?key=x",
    "compare": "/courses/compare?course=speak-up-public-speaking&course=backend-with-python"
    "&course=messy-data&course=bookkeeping-for-people-who-would-rather-not",
    "compare-one": "/courses/compare?course=backend-with-python",
    "compare-five": "/courses/compare?course=a&course=b&course=c&course=d&course=e",
    "api": "/api",
    "compare-nothing": "/courses/compare",
    "error-404": "/nothing",
    "error-400": "/courses?limit=0&color=red",
}
REVIEW = "/courses/bookkeeping-for-people-who-would-rather-not/reviews/1"
# For an admin who is logged in.
ACCOUNT_PAGES = {
    "account": "/account",
    "account-edit": "/account/edit",
    "account-password": "/account/password",
    "account-proof": "/account/proof",
    "account-sessions": "/account/sessions",
    "account-session": "/account/sessions/1",
    "account-sessions-delete": "/account/sessions/delete",
    "account-tokens": "/account/tokens",
    "account-token": "/account/tokens/1",
    "account-token-delete": "/account/tokens/1/delete",
    "account-audit": "/account/audit",
    "account-courses": "/account/courses",
    "account-teaching": "/account/teaching",
    "audit": "/audit",
    "kept": "/kept",
    "people": "/people?q=ro",
    "person-edit": "/people/jonas-lindqvist/edit",
    "account-home": "/",
    "course-new": "/courses/new",
    "course-edit": "/courses/backend-with-python/edit",
    "course-delete": "/courses/backend-with-python/delete",
    "course-status": "/courses/backend-with-python/status",
    "course-shares": "/courses/backend-with-python/share",
    "course-staff": "/courses/mend-and-make",
    "course-least": "/courses/least",
    "course-most": "/courses/most",
    "course-most-edit": "/courses/most/edit",
    "instructors": "/courses/mend-and-make/instructors",
    "instructor": "/courses/mend-and-make/instructors/jonas-lindqvist",
    "instructor-delete": "/courses/mend-and-make/instructors/jonas-lindqvist/delete",
    "invitations": "/account/invitations",
    "invitation": "/account/invitations/mend-and-make",
    "moderation": "/moderation",
    "wishlists": "/wishlists",
    "wishlist": "/wishlists/default",
    "wishlist-edit": "/wishlists/default/edit",
    "wishlist-delete": "/wishlists/default/delete",
    "wish": "/wishlists/default/backend-with-python",
    "moderation-reviews": "/moderation?kind=review",
    "review": f"{REVIEW}",
    "review-moderate": f"{REVIEW}/moderate",
    "reply": f"{REVIEW}/reply",
    "reply-delete": f"{REVIEW}/reply/delete",
    "report": "/courses/bookkeeping-for-people-who-would-rather-not/reviews/2/reports",
    "reports": f"{REVIEW}/reports",
    "enrolment": "/courses/backend-with-python/enrolment",
}


def admit(shop):
    """Make an admin, and content for all pages; return the admin's cookie for `add_cookies`."""
    with shop.writing() as request:
        db, draft = request.db, UserDraft(username="root", name="Rosa van der Root", role="admin")
        row = user.add(db, draft, pending_email="rosa@example.com")
        secret = session.start(db, Actor(id=row.id), row.id, "Chromium on Linux", request.settings)
        actor = Actor(id=row.id, role="admin")
        token.add(db, actor, row.id, TokenDraft(name="nightly report"))
        write_a_course(db, row)
        quarrel(db, row)
        wish_for(db, row)
        write_extremes(db, row)
    return {"name": "courseshop_session", "value": secret}


def write_a_course(db, reader):
    """Add a course with all that one can have; it waits for a moderator, and the reader is invited."""
    author = user.find(db, "jonas-lindqvist")
    actor = Actor(id=author.id, role="instructor")
    draft = CourseDraft(
        slug="mend-and-make",
        title="Mend and Make",
        summary="Clothes that last: seams, patches, buttons, and when to let go.",
        about="## What you need\n\nA needle, thread and an *old* shirt.",
        category="health-and-home",
        tags=["sewing", "by hand"],
        outcomes=["Close a seam", "Sew on a button for good"],
        requirements=["A needle and thread"],
        audience=["Whoever wears clothes"],
        outline=[
            {
                "title": "Seams",
                "lessons": [{"title": "By hand", "minutes": 25}, {"title": "Tears"}],
            },
            {"title": "Buttons", "lessons": [{"title": "Two holes, four holes", "minutes": 15}]},
        ],
    )
    slug = course.add(db, actor, draft, set())
    rules = status.Rules(actor, "moderators")
    row = course.find_written(db, slug)
    status.move(db, rules, row, "submitted", "The photographs come next week.")
    invitation.invite(db, actor, row.id, reader.username)


def quarrel(db, reader):
    """Let a colleague of the reader reply to the first review of the demo, and a user report it."""
    found = review.of_ids(db, [1])[1]
    instructor.join(db, found.course_id, reader.id)
    author, reporter = user.find(db, "jonas-lindqvist"), user.find(db, "mina-rahimi")
    words = "Thank you. The *second* chapter has what you miss."
    reply.put(db, Actor(id=author.id, role="instructor"), found, words)
    draft = ReportDraft(reason="false", comment="This person was never there.")
    report.add(db, Actor(id=reporter.id), found, draft)


def wish_for(db, reader):
    """Put three courses on the reader's list, with notes; one of them is not published."""
    actor = Actor(id=reader.id)
    for slug in ("backend-with-python", "speak-up-public-speaking", "mend-and-make"):
        found = course.find_written(db, slug)
        place = wishlist.find_default(db, actor.id)
        wish.put(db, place, found, wish.WishChange(note="When the *evenings* are long."), 10)


@contextmanager
def launched():
    """Yield the system's Chromium; in CI its absence is an error, elsewhere the caller skips."""
    if CHROMIUM is None and os.environ.get("CI"):
        raise RuntimeError(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
