"""Attaches the places of the resource tree to their parents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseshop.resources import (
    Account,
    Audit,
    Categories,
    Confirmation,
    Course,
    Courses,
    Enrolment,
    Helpful,
    Instructors,
    Invitations,
    Login,
    Logout,
    Moderation,
    OwnAudit,
    Password,
    People,
    Registration,
    Reply,
    Reports,
    Reset,
    Review,
    Reviews,
    Root,
    Sessions,
    Share,
    Tokens,
    Wishlist,
    Wishlists,
)

if TYPE_CHECKING:
    from courseshop.framework.configurator import Configurator
    from courseshop.framework.resource import Resource


def attach(config: Configurator, parent: type[Resource], **children: type[Resource]) -> None:
    for name, place in children.items():
        config.add_child(parent, name, place)


def includeme(config: Configurator) -> None:
    # Beside the title of a course, beside its text, below the text, and at the end of the page.
    config.add_slots(Course, "share", "aside", "main", "reviews")
    # A course with the slug of a page would hide that page; with that of a child, the child would
    # hide the course.
    config.reserve_slugs(Courses, Wishlist)
    attach(config, Root, courses=Courses, categories=Categories, people=People)
    attach(config, Root, audit=Audit, moderation=Moderation, account=Account, wishlists=Wishlists)
    attach(config, Course, reviews=Reviews, share=Share, instructors=Instructors)
    attach(config, Course, enrolment=Enrolment)
    attach(config, Review, helpful=Helpful, reply=Reply, reports=Reports)
    attach(config, Account, login=Login, logout=Logout, register=Registration, reset=Reset)
    attach(config, Account, confirm=Confirmation, password=Password, sessions=Sessions)
    attach(config, Account, tokens=Tokens, invitations=Invitations, audit=OwnAudit)
