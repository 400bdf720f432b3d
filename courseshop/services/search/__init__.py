"""Full-text search for courses, with the same results on SQLite, PostgreSQL and MariaDB/MySQL."""

from courseshop.services.search.choice import CAP, Choice, choose
from courseshop.services.search.document import index, index_after, index_people, is_searched, wrong
from courseshop.services.search.query import Query, matches, parse, probe, rank, rank_of_text
from courseshop.services.search.snippet import Piece, highlight, snippets
from courseshop.services.search.suggestion import did_you_mean, suggestions

__all__ = [
    "CAP",
    "Choice",
    "Piece",
    "Query",
    "choose",
    "did_you_mean",
    "highlight",
    "index",
    "index_after",
    "index_people",
    "is_searched",
    "matches",
    "parse",
    "probe",
    "rank",
    "rank_of_text",
    "snippets",
    "suggestions",
    "wrong",
]
