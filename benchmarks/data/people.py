"""Who has an account: instructors, then students; each with a default wishlist."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from benchmarks.data.plan import DAY, START, between, moment
from courseshop.models.user import confusable_form
from courseshop.models.wishlist import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.data.plan import Plan

FIRST = (
    "Aisha Beatriz Chinedu Dana Élodie Farid Gökçe Hana Ingrid José Kateřina Liam Mei Noah Oksana "
    "Priya Rafael Søren Tomasz Uma Valentina Wanjiru Xiomara Yuki Zoë"
).split()
LAST = (
    "Adeyemi Bergström Chen Dubois Eze Fontaine García Haddad Ionescu Jansen Kobayashi Lindqvist "
    "Müller Nakamura Okonkwo Petrenko Quispe Raghunathan Silva Tanaka Ünal Villanueva Wiśniewski"
).split()


def users(plan: Plan, wishes: Sequence[Sequence[int]]) -> Iterator[dict[str, Any]]:
    """Yield the accounts by their id, without passwords; `wishes` are those of each student."""
    rng = plan.stream("people")
    for number in range(1, plan.users + 1):
        student = number - plan.instructors
        role = "student" if student > 0 else "instructor"
        username = f"{role}-{number}"
        yield {
            "id": number,
            "username": username,
            "username_look": confusable_form(username),
            "name": f"{rng.choice(FIRST)} {rng.choice(LAST)}",
            "email": f"{username}@shop.example",
            "role": role,
            # Each wish moves its owner's stamp.
            "stamp": 1 + (len(wishes[student - 1]) if student > 0 else 0),
            # Before the first course.
            "created_at": moment(between(rng, START - 365 * DAY, START)),
        }


def wishlists(plan: Plan, wishes: Sequence[Sequence[int]]) -> Iterator[dict[str, Any]]:
    """Yield everybody's default list, which has the id of its owner."""
    rng = plan.stream("wishlists")
    for number in range(1, plan.users + 1):
        student = number - plan.instructors
        key = urlsafe_b64encode(rng.randbytes(KEY_BYTES)).decode("ascii").rstrip("=")
        yield {
            "id": number,
            "key": key,
            "owner_id": number,
            "default_of": number,
            "created_at": moment(START),
            "stamp": 1 + (len(wishes[student - 1]) if student > 0 else 0),
        }
