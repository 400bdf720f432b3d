"""A plugin that wants a name which the shop has given away."""

from courseshop.plugin import Resource
from courseshop.resources import Course


def includeme(config) -> None:
    config.add_child(Course, "reviews", Resource)
