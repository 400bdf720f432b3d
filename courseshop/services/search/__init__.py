"""Full-text search in the courses: the same on SQLite (FTS5), PostgreSQL and MariaDB or MySQL."""

from courseshop.services.search.document import index, index_people, is_searched, wrong

__all__ = ["index", "index_people", "is_searched", "wrong"]
