"""A plugin that hears every event, works on some of them in jobs, and checks new values."""

from courseshop.plugin import (
    Committed,
    Conflict,
    CourseEdited,
    Enrolled,
    Event,
    InstructorsChanged,
    Refused,
)
from courseshop.resources import Course

HEARD, COMMITTED, WORKED, CHECKED = [], [], [], []
FAULTS = []


def work(job):
    WORKED.append(job.event)
    if FAULTS:
        raise FAULTS.pop()
    return "welcomed"


def keep_tests(db, course_id, new):
    """Raise Conflict if a lesson has a title that is kept for another course."""
    CHECKED.append((course_id, sorted(new), db is not None))
    if any(one["title"] == "Exam" for section in new["outline"] for one in section["lessons"]):
        raise Conflict("outline", "exam", "Exams are in another course.")


def round_price(_db, _course_id, new):
    if new["price"] % 5:
        raise Refused("price", "odd", "Prices end in 0 or 5, not in ${digit}.", digit=1)


def includeme(config) -> None:
    config.add_subscriber(HEARD.append, Event)
    config.add_subscriber(lambda done: COMMITTED.append(done.event), Committed)
    config.add_event_job("listening.enrolled", work, Enrolled)
    config.add_event_job("listening.edited", work, CourseEdited)
    config.add_event_job("listening.instructors", work, InstructorsChanged)
    config.add_check(Course, {"outline"}, keep_tests)
    config.add_check(Course, {"price"}, round_price)
