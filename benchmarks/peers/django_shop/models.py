"""The tables as models, of which Django makes no migrations."""

from __future__ import annotations

from typing import Any

from django.db import models

from benchmarks.peers.page import Rated


class JSONField(models.JSONField):
    """PostgreSQL's type json comes from the driver as it is; Django expects the text of a jsonb."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not isinstance(value, str):
            return value
        return super().from_db_value(value, expression, connection)


def some(number: int, kind: type[models.Field]) -> list[models.Field]:
    """Return columns of a kind."""
    return [kind() for _ in range(number)]


class Category(models.Model):
    slug = models.SlugField()
    title = models.TextField()

    class Meta:
        db_table = "category"


class User(models.Model):
    username, name = some(2, models.TextField)

    class Meta:
        db_table = "user_account"


class InstructorCount(Rated, models.Model):
    """What an instructor's published courses add up to."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="totals")
    courses, students, rating_count, rating_sum = some(4, models.IntegerField)

    class Meta:
        db_table = "instructor_count"


class Course(Rated, models.Model):
    """`price` is in ten-thousandths."""

    slug = models.SlugField()
    title, subtitle, summary, about_html, level, language, status = some(7, models.TextField)
    category = models.ForeignKey(Category, models.PROTECT)
    price = models.BigIntegerField()
    duration_minutes, enrolled_count, rating_count, rating_sum = some(4, models.IntegerField)
    rating_1, rating_2, rating_3, rating_4, rating_5 = some(5, models.IntegerField)
    tags, outcomes, requirements, audience, outline = some(5, JSONField)
    published_at, updated_at = some(2, models.DateTimeField)
    instructors = models.ManyToManyField(User, through="Instructor")

    class Meta:
        db_table = "course"


class Instructor(models.Model):
    pk = models.CompositePrimaryKey("course_id", "user_id")
    course = models.ForeignKey(Course, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    position = models.IntegerField()

    class Meta:
        db_table = "course_instructor"


class RelatedCourse(models.Model):
    pk = models.CompositePrimaryKey("course_id", "other_id")
    course = models.ForeignKey(Course, models.CASCADE, related_name="related")
    other = models.ForeignKey(Course, models.CASCADE, related_name="+", db_column="related_id")
    position = models.IntegerField()
    wished = models.BooleanField()

    class Meta:
        db_table = "related_course"


class Review(models.Model):
    course = models.ForeignKey(Course, models.CASCADE)
    author = models.ForeignKey(User, models.SET_NULL, null=True)
    rating, helpful_count = some(2, models.IntegerField)
    text_markdown, text_html, status = some(3, models.TextField)
    verified = models.BooleanField()
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review"
