"""Create, edit, preview and archive courses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.database.stale import ensure_present
from courseshop.domain import markdown
from courseshop.domain.i18n import _
from courseshop.domain.shop import shop_of
from courseshop.domain.threads import enter_slow_gate
from courseshop.framework import adapters
from courseshop.framework.add_page import page
from courseshop.framework.negotiation import FORM, HTML, form_of, media_type
from courseshop.framework.notices import notify, notify_of_text
from courseshop.framework.responses import created
from courseshop.rendering.formats import languages
from courseshop.rendering.labels import LEVELS, level
from courseshop.rendering.locales import translate
from courseshop.resources import Course, Courses
from courseshop.schemas.base import CHECKED
from courseshop.schemas.course import CourseDraft, CourseForm
from courseshop.schemas.course_page import CourseOut
from courseshop.schemas.writing import (
    ArchiveDraft,
    CoursePatch,
    CoursePost,
    PreviewDraft,
    PreviewOut,
)
from courseshop.security import add_taught_course
from courseshop.services import category, status
from courseshop.services import course as service
from courseshop.views.course import category_of as category_ref
from courseshop.views.course import course_out
from courseshop.views.course_rules import publishing_rules, rules_of_edit, rules_of_new
from courseshop.views.fields import differences, groups_of
from courseshop.views.links import category_url, root_of
from courseshop.views.read_only import check_category, check_html, check_read_only

if TYPE_CHECKING:
    from pyramid.response import Response
    from sqlalchemy.orm import Session

    from courseshop.framework.request import PageData, Request
    from courseshop.framework.resource import Resource
    from courseshop.models.rows import CourseRow
    from courseshop.schemas.course import CategoryRef, Status
    from courseshop.schemas.writing import CourseWords
    from courseshop.views.course import CoursePage

NEW = "courseshop:templates/course/new.jinja2"
EDIT = "courseshop:templates/course/edit.jinja2"
DELETE = "courseshop:templates/course/delete.jinja2"


@page(context=Courses, name="new", renderer=NEW, permission="add", returns=CourseForm)
def new(place: Courses, request: Request) -> PageData:
    """Show the form for a new course."""
    links = {"self": place.url("new"), "courses": place.url()}
    return {"links": links, **form_of_a_course(place, request, None)}


@page(
    context=Courses,
    request_method="POST",
    renderer=NEW,
    permission="add",
    accepts=CoursePost,
    returns=CourseOut,
    form="new",
    answers=(409,),
    repeatable=True,
    rules=rules_of_new,
)
@page(
    context=Courses,
    name="new",
    request_method="POST",
    renderer=NEW,
    permission="add",
    accepts=CoursePost,
    returns=CourseOut,
    answers=(409,),
    repeatable=True,
    rules=rules_of_new,
)
def add(_place: Courses, request: Request[CoursePost]) -> PageData:
    """Create a draft course; the current user becomes its first instructor."""
    words, db = request.accepted, request.db
    check_category(request, words)
    check_html(request, "about")
    draft = CourseDraft.model_validate(words.facts(), context={CHECKED: True})
    slug = service.add(db, request.actor, draft, shop_of(request.registry).reserved_slugs)
    row = written(db, slug)
    add_taught_course(request, row.id)
    move(request, row, words)
    made = reread(request, slug)
    created(request, made)
    notify_of_text(request, "course-made", draft.about, "pictures")
    return course_out(made, request)


@page(context=Course, name="edit", renderer=EDIT, permission="edit", returns=CourseOut)
def edit(place: Course, request: Request) -> PageData:
    """Show the form to edit a course."""
    course = course_out(place, request)
    form = form_of_a_course(place, request, course)
    return {**course, **form, "differences": list(differences(request, course))}


@page(
    context=Course,
    name="edit",
    request_method="POST",
    renderer=EDIT,
    permission="edit",
    accepts=CoursePatch,
    returns=CourseOut,
    answers=(409,),
    rules=rules_of_edit,
)
@page(
    context=Course,
    request_method="PATCH",
    renderer=EDIT,
    permission="edit",
    accepts=CoursePatch,
    returns=CourseOut,
    answers=(409,),
    rules=rules_of_edit,
)
def change(place: Course, request: Request[CoursePatch]) -> PageData:
    """Edit a course: only the fields that are sent change."""
    patch, db, row = request.accepted, request.db, place.row
    if media_type(request) != FORM:
        check_read_only(place, request)
    check_category(request, patch, category_ref(request, row))
    facts = patch.facts()
    if service.change(db, row, facts, shop_of(request.registry).reserved_slugs):
        row = written(db, facts.get("slug") or row.slug)
    move(request, row, patch)
    changed = reread(request, row.slug)
    request.response.location = changed.url()
    notify_of_text(request, "saved", facts.get("about", ""), "pictures")
    return course_out(changed, request)


def limit_previews(_place: Resource, request: Request) -> None:
    """Count a preview of the current user, before its text is rendered.

    Raises HTTPTooManyRequests if it exceeds the limit.
    """
    enter_slow_gate()
    limit = request.settings.preview_limit
    request.throttles.count(limit, "preview", str(request.actor.id))


@page(
    context=Courses,
    name="preview",
    request_method="POST",
    check=limit_previews,
    answers=(429,),
    renderer=NEW,
    permission="add",
    accepts=PreviewDraft,
    returns=PreviewOut,
    form="new",
)
def preview_new(place: Courses, request: Request[PreviewDraft]) -> PreviewOut | Response:
    """Preview a text without storing it."""
    return preview(place, request, "new")


@page(
    context=Course,
    name="preview",
    request_method="POST",
    check=limit_previews,
    answers=(429,),
    renderer=EDIT,
    permission="edit",
    accepts=PreviewDraft,
    returns=PreviewOut,
    form="edit",
)
def preview_edit(place: Course, request: Request[PreviewDraft]) -> PreviewOut | Response:
    """Preview a text without storing it."""
    return preview(place, request, "edit")


def preview(place: Resource, request: Request[PreviewDraft], form: str) -> PreviewOut | Response:
    """Return the rendered text; browsers get the form again, with the preview in it."""
    text = request.accepted.markdown
    html = markdown.render(text)
    shown = adapters.page(place, "GET", form) if form_of(request) == HTML else None
    if shown is None:
        return {"about": {"markdown": text, "html": html}}
    request.preview, request.preview_has_pictures = html, markdown.has_pictures(text)
    return shown.show_again(place, request, 200)


@page(context=Course, name="delete", renderer=DELETE, permission="delete", returns=CourseOut)
def ask(place: Course, request: Request) -> PageData:
    """Show the confirmation to archive a course."""
    return course_out(place, request)


@page(context=Course, request_method="DELETE", renderer=DELETE, permission="delete", answers=(409,))
@page(
    context=Course,
    name="delete",
    request_method="POST",
    renderer=DELETE,
    permission="delete",
    accepts=ArchiveDraft,
    answers=(409,),
)
def archive(place: Course, request: Request[ArchiveDraft | None]) -> None:
    """Archive a course. Then only its instructors and the shop's moderators can see it."""
    comment = request.accepted.comment if request.accepted else ""
    status.move(request.db, publishing_rules(request), place.row, "archived", comment)
    notify(request, "course-archived")
    request.response.location = place.url()


def form_of_a_course(place: Resource, request: Request, course: CoursePage | None) -> PageData:
    """Return the controls of the form, and the options of its selects."""
    shelves = categories(request)
    nothing = ("", translate(request, _("Choose a category")))
    tag = request.submitted.get("language", course["language"] if course else "en")
    return {
        "categories": shelves,
        "currency": request.settings.currency,
        "groups": groups_of(request, course),
        "options": {
            "category": [nothing, *((one["slug"], one["title"]) for one in shelves)],
            "level": [(value, level(request, value)) for value in LEVELS],
            "language": languages(request, tag),
        },
        "preview_url": f"{place.url('preview')}#preview",
    }


def categories(request: Request) -> list[CategoryRef]:
    """Return the categories that a course can be in."""
    rows = category.choices(request.db)
    return [
        {"slug": row.slug, "title": row.title, "url": category_url(request, row.slug)}
        for row in rows
    ]


def written(db: Session, slug: str) -> CourseRow:
    """Return the row of a course that was just written."""
    row: CourseRow = ensure_present(service.find_written(db, slug), f"course {slug}")
    return row


def reread(request: Request, slug: str) -> Course:
    """Return the place of a course that was just written."""
    row = written(request.db, slug)
    return Course(root_of(request)["courses"], row, row)


def move(request: Request, row: CourseRow, words: CourseWords) -> None:
    """Change the status of the course, if a new status was sent."""
    sent = words.model_dump(include={"status", "comment"})
    # A course that is created without a status is a draft, and null resets to that.
    new: Status = sent.get("status", row.status) or "draft"
    comment = sent.get("comment") or ""
    status.move(request.db, publishing_rules(request), row, new, comment)
