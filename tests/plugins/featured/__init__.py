"""A plugin that takes a name which a course might have."""

from courseshop.plugin import page
from courseshop.resources import Courses


@page(context=Courses, name="featured", renderer="string")
def featured(_place, _request):
    return {}


def includeme(config) -> None:
    config.scan("featured")
