"""Announcements of a course: what a third party's plugin may bring, all of it."""

from __future__ import annotations

from pyramid.authorization import Allow
from sqlalchemy import ForeignKey, String, UniqueConstraint, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column
from translationstring import TranslationStringFactory
from typing_extensions import TypedDict

from courseshop.plugin import Base, Conflict, Id, Input, Resource, created, page
from courseshop.resources import Course

_ = TranslationStringFactory("courseshop_announcements")


class AnnouncementRow(Base):
    __tablename__ = "announcement"
    __table_args__ = (UniqueConstraint("course_id", "text"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    course_id: Mapped[int] = mapped_column(ForeignKey("course.id", ondelete="CASCADE"))
    text: Mapped[str] = mapped_column(String(200))


class Announcements(Resource):
    def __init__(self, parent: Course, name: str) -> None:
        super().__init__(parent, name)
        self.course_id = parent.row.id
        self.__acl__ = ((Allow, f"instructor:{self.course_id}", "add"),)

    def texts(self) -> list[str]:
        rows = select(AnnouncementRow.text).where(AnnouncementRow.course_id == self.course_id)
        return list(self.request.db.scalars(rows.order_by(AnnouncementRow.id)))


class AnnouncementDraft(Input):
    text: str


class AnnouncementsOut(TypedDict):
    items: list[str]


@page(context=Announcements, renderer="templates/list.jinja2", returns=AnnouncementsOut)
def announcements(place: Announcements, _request) -> dict:
    return {"items": place.texts()}


@page(
    context=Announcements,
    request_method="POST",
    renderer="templates/list.jinja2",
    permission="add",
    accepts=AnnouncementDraft,
    returns=AnnouncementsOut,
    answers=(409,),
    repeatable=True,
)
def announce(place: Announcements, request) -> dict:
    values = {"course_id": place.course_id, "text": request.accepted.text}
    try:
        with request.db.begin_nested():
            request.db.execute(insert(AnnouncementRow).values(values))
    except IntegrityError:
        raise Conflict("text", "repeated", _("This was announced already.")) from None
    created(request, place)
    return {"items": place.texts()}


def newest(place: Course, _request) -> dict | None:
    texts = place["announcements"].texts()
    return {"announcement": texts[-1]} if texts else None


def newest_key(place: Course, request) -> int | None:
    ids = select(func.max(AnnouncementRow.id)).where(AnnouncementRow.course_id == place.row.id)
    return request.db.scalar(ids)


def includeme(config) -> None:
    config.add_migrations("courseshop_announcements:migrations")
    config.add_child(Course, "announcements", Announcements)
    config.add_panel("main", newest, Course, "templates/panel.jinja2", key=newest_key)
    config.scan("courseshop_announcements")
