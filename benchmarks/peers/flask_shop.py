"""The page by Flask, with a session of SQLAlchemy for each request and Jinja's templates.

After the documentation's "SQLAlchemy in Flask"; served by gunicorn.
"""

from __future__ import annotations

import os

from flask import Flask, abort, render_template, url_for
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

from benchmarks.peers.page import FILTERS, PLACES, context
from benchmarks.peers.tables import find_course, newest_reviews

app = Flask(__name__)
app.jinja_env.filters.update(FILTERS)
app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
session = scoped_session(sessionmaker(create_engine(os.environ["BENCH_URL"])))


@app.get("/courses/<slug>", endpoint="course")
def show_course(slug: str) -> str:
    course = find_course(session(), slug)
    if course is None:
        abort(404)
    reviews = newest_reviews(session(), course)
    shown = context(course, course.instructors, course.related, reviews, url_for)
    return render_template("course.html", **shown)


@app.teardown_appcontext
def shutdown_session(exception: BaseException | None = None) -> None:
    session.remove()


for name, path in PLACES.items():
    app.add_url_rule(path.replace("{", "<").replace("}", ">"), name, lambda **_names: "")
