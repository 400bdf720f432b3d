"""Courses that pages must be able to show: with nothing but a title, and with everything at its limit."""

from __future__ import annotations

from courseshop.domain.actor import Actor
from courseshop.schemas.course import CourseDraft
from courseshop.schemas.user import UserDraft
from courseshop.services import course, instructor, user, wish, wishlist

UNBROKEN = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
TEXT = f"""## {UNBROKEN}

{UNBROKEN}{UNBROKEN}: https://example.com/{"x" * 200}

```
one line of code = that.does_not("fit", on="a phone"); and(it).has(no, blank, to, **break_at) + {UNBROKEN}
```

> - a quote
>   1. of a list
>      - of lists

| a table | of | many | columns | with | long | words |
|---|---|---|---|---|---|---|
| {UNBROKEN} | 2 | 3 | 4 | 5 | 6 | {UNBROKEN} |

"""


def write_extremes(db, reader):
    """Add the drafts `least` and `most` of an instructor with a long name; the reader wishes for both."""
    draft = UserDraft(username=UNBROKEN.lower()[:10], name=UNBROKEN[:80], role="instructor")
    author = user.add(db, draft)
    for written in (least(), most()):
        slug = course.add(db, Actor(id=author.id, role="instructor"), written, set())
        found = course.find_written(db, slug)
        instructor.join(db, found.id, reader.id)
        place = wishlist.find_default(db, reader.id)
        wish.put(db, place, found, wish.WishChange(note=f"{UNBROKEN} " * 3), 10)


def least():
    return CourseDraft(slug="least", title="O", category="design")


def most():
    return CourseDraft(
        slug="most",
        title=f"{UNBROKEN} and ever so many more words, until two hundred characters are reached here",
        subtitle=UNBROKEN,
        summary=f"{UNBROKEN} " * 6,
        category="design",
        level="intermediate",
        duration_minutes=1_000_000,
        price="99999999.99",
        tags=[f"{UNBROKEN[:36]} {n}" for n in range(20)],
        about=TEXT * 3,
        outcomes=[f"{UNBROKEN} {n}" for n in range(12)],
        requirements=[f"{UNBROKEN} {n}" for n in range(5)],
        audience=[f"{UNBROKEN} {n}" for n in range(5)],
        outline=[
            {
                "title": f"{UNBROKEN} {section}",
                "lessons": [{"title": f"{UNBROKEN} {n}", "minutes": 10_000} for n in range(12)],
            }
            for section in range(12)
        ],
    )
