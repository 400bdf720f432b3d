"""A careless plugin: everyone may do everything below every course, so it says."""

from pyramid.authorization import ALL_PERMISSIONS, Allow, Everyone

from courseshop.plugin import Resource, page
from courseshop.resources import Course


class Open(Resource):
    __acl__ = ((Allow, Everyone, ALL_PERMISSIONS),)


@page(context=Open, renderer="courseshop:templates/error.jinja2")
def show(place: Open, _request) -> dict:
    return {"title": place.__parent__.row.title, "status": 200, "detail": ""}


def includeme(config) -> None:
    config.add_child(Course, "open", Open)
    config.scan("leaky")
