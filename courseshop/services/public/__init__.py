"""Services for plugins, exported by `courseshop.plugin`: they skip the shop's policies and checks.

Each is called in a transaction, keeps counters, events and stamps, and does nothing if there is
nothing to change.
"""

from courseshop.services.public import courses, enrolments, users

__all__ = ["courses", "enrolments", "users"]
