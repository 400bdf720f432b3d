"""A plugin that wants a name which the shop has given away."""

from courseshop.resources import Course
from courseshop.traversal import Resource


def includeme(config) -> None:
    config.add_child(Course, "reviews", Resource)
