"""A plugin that takes a name which a course might have."""

from courseshop.resources import Courses
from courseshop.views import page


@page(context=Courses, name="featured", renderer="string")
def featured(_place, _request):
    return {}


def includeme(config) -> None:
    config.scan("featured")
