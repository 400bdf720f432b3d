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


class Category(models.Model):
    slug = models.SlugField()
    title = models.TextField()

    class Meta:
        db_table = "category"


class User(models.Model):
    username = models.TextField()
    name = models.TextField()

    class Meta:
        db_table = "user_account"


class Course(Rated, models.Model):
    """`price` is in cents."""

    slug = models.SlugField()
    title = models.TextField()
    summary = models.TextField()
    about_html = models.TextField()
    category = models.ForeignKey(Category, models.PROTECT)
    level = models.TextField()
    language = models.TextField()
    duration_minutes = models.IntegerField()
    price = models.BigIntegerField()
    tags = JSONField()
    outcomes = JSONField()
    requirements = JSONField()
    audience = JSONField()
    outline = JSONField()
    status = models.TextField()
    published_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    enrolled_count = models.IntegerField()
    rating_count = models.IntegerField()
    rating_sum = models.IntegerField()
    rating_1 = models.IntegerField()
    rating_2 = models.IntegerField()
    rating_3 = models.IntegerField()
    rating_4 = models.IntegerField()
    rating_5 = models.IntegerField()
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
    rating = models.IntegerField()
    text_markdown = models.TextField()
    text_html = models.TextField()
    status = models.TextField()
    verified = models.BooleanField()
    helpful_count = models.IntegerField()
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "review"
