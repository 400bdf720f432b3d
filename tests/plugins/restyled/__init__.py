"""A plugin that gives the course page another template."""


def includeme(config) -> None:
    config.override_asset("courseshop:templates/course/course.jinja2", "restyled:course.jinja2")
