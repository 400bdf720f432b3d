"""A shop with an example of each kind and state of resource, and a user of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from courseshop.domain.actor import GUEST, Actor
from courseshop.domain.clock import now
from courseshop.models import AccessToken, Course, LoginSession, Review, Wishlist, course_instructor
from courseshop.services import course, doctor, instructor, instructor_count, wish, wishlist
from courseshop.services import invitation as service
from courseshop.services.secret import hash_of, new_cookie

if TYPE_CHECKING:
    from helpers import Shop

PEOPLE = {
    "student": "student",
    "instructor": "instructor",
    "teacher": "instructor",
    "author": "student",
    "author-2": "student",
    "author-3": "student",
    "moderator": "moderator",
    "admin": "admin",
    "stranger": "student",
    "invited": "student",
}
# The author of each review; paths name reviews by their state.
STATES = {"shown": "published", "held": "pending", "hidden": "hidden"}
AUTHORS = {"shown": "author", "held": "author-2", "hidden": "author-3"}
# Wishlists of the user "stranger", by name.
LISTS = {"a-shared-one": "link", "a-private-one": "private"}
ROWS = {"sessions": LoginSession, "tokens": AccessToken}


@dataclass
class Scene:
    shop: Shop
    actors: dict[str, Actor]
    courses: dict[str, int]
    reviews: dict[str, int]
    lists: dict[str, str] = field(default_factory=dict)
    # Whether a test may have changed what `restore` restores.
    changed: bool = True

    @classmethod
    def make(cls, shop: Shop) -> Scene:
        shop.clear()
        hidden = ("draft", "submitted", "archived")
        courses = {status: shop.add_course(status, published=None) for status in hidden}
        courses["open"] = shop.add_course("open")
        actors = {name: shop.add_person(name, role) for name, role in PEOPLE.items()}
        actors["guest"] = GUEST
        actors["teacher"] = replace(actors["teacher"], teaches=frozenset(courses.values()))
        enrolled_in = frozenset({courses["open"]})
        actors |= {
            name: replace(actors[name], enrolled_in=enrolled_in) for name in AUTHORS.values()
        }
        actors["unconfirmed"] = replace(shop.add_person("unconfirmed"), limited=True)
        reviews = {
            STATES[state]: shop.add_review(courses["open"], actors[author], 4)
            for state, author in AUTHORS.items()
        }
        with shop.writing() as request:
            for status in ("submitted", "archived"):
                at = update(Course).where(Course.id == courses[status])
                request.db.execute(at.values(status=status))
            for status, review_id in reviews.items():
                at = update(Review).where(Review.id == review_id)
                request.db.execute(at.values(status=status))
        return cls(shop, actors, courses, reviews)

    def actor(self, who: str, path: str) -> Actor:
        """Return the user of a column; "author" is the author of the review in the path."""
        authors = [AUTHORS[word] for word in path.split("/") if word in AUTHORS]
        return self.actors[authors[0] if authors and who == "author" else who]

    def path(self, path: str, actor: Actor) -> str:
        """Return the URL path of a row, after creating the resources that it names.

        Names of reviews, sessions and tokens are replaced by their ids.
        """
        segments = path.split("/")
        for at, word in enumerate(segments):
            if word in LISTS:
                segments[at] = self.wishlist(word)
            elif word in STATES:
                segments[at] = str(self.reviews[STATES[word]])
            elif word in {"mine", "theirs"}:
                stranger = word == "theirs" or actor.id is None
                owner = self.actors["stranger"] if stranger else actor
                kind = segments[at - 1]
                segments[at] = (
                    self.invited(owner, "draft" if word == "theirs" else "open")
                    if kind == "invitations"
                    else str(self.row_of(ROWS[kind], owner))
                )
        if "invited" in segments:
            self.invited(self.actors["invited"], "open")
        if segments[1] == "courses" and self.changed:
            self.restore()
            self.changed = False
        return "/".join(segments)

    def invited(self, person: Actor, slug: str) -> str:
        """Invite a user to a course, even if they are an instructor of it, and return its slug."""
        course_id, table = self.courses[slug], course_instructor
        with self.shop.writing() as request:
            db = request.db
            gives = (table.c.course_id == course_id, table.c.user_id == person.id)
            db.execute(delete(table).where(*gives))
            service.delete_invitation(db, course_id, person.id)
            service.invite(db, self.actors["teacher"], course_id, person.username)
        return slug

    def restore(self) -> None:
        """Restore the courses' instructors and reviews, and the status that each is named after."""
        with self.shop.writing() as request:
            instructor.set_all(
                request.db, self.courses["open"], instructor.ids_of(request.db, ["ann"])
            )
            request.db.execute(update(Review).values(deleted_at=None))
            for slug, course_id in self.courses.items():
                status = "published" if slug == "open" else slug
                at = update(Course).where(Course.id == course_id, Course.status != status)
                request.db.execute(at.values(status=status))
            # These changes bypassed the services, which count reviews when they change.
            for course, counters in doctor.wrong_counters(request.db):
                doctor.mend(request.db, course.id, counters)
            wrong = [person.id for person in instructor_count.wrong(request.db)]
            instructor_count.recount(request.db, wrong)

    def wishlist(self, name: str) -> str:
        """Create a wishlist of the user "stranger", with one course, and return its key."""
        owner = self.actors["stranger"]
        with self.shop.writing() as request:
            db = request.db
            db.execute(delete(Wishlist).where(Wishlist.name == name))
            key = wishlist.add(db, owner.id, name, LISTS[name], 10)
            row = wishlist.find(db, owner, key)
            open_one = course.find(db, GUEST, "open")
            wish.put(db, row, open_one, wish.WishChange(), 10)
        return key

    def row_of(self, model: Any, owner: Actor) -> int:
        """Return the id of a session or token of `owner`, creating one if necessary."""
        values = {"secret_hash": hash_of(new_cookie()), "user_id": owner.id}
        values["expires_at"] = now() + timedelta(days=1)
        if model is AccessToken:
            values |= {"name": "x", "scope": "read"}
        with self.shop.writing() as request:
            known = request.db.scalar(select(model.id).where(model.user_id == owner.id))
            if known is None:
                known = request.db.execute(insert(model).values(values)).inserted_primary_key[0]
        return int(known)
