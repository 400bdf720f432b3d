"""Add full-text search: the texts of courses, their full-text index, and the vocabulary"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import Id, LongText
from courseshop.domain.markdown import plain
from courseshop.services.search.vocabulary import unseen
from courseshop.services.search.words import field

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH = 500
FIELDS = ("title", "people", "tags", "body")
COURSE = sa.table(
    "course",
    *(sa.column(name) for name in ("id", "title", "summary", "about_html")),
    sa.column("tags", sa.JSON),
)
PEOPLE = sa.text(
    "SELECT course_id, name FROM course_instructor JOIN user_account ON user_account.id = user_id "
    "WHERE course_id BETWEEN :first AND :last ORDER BY course_id, position, user_id"
)

# FTS5 stores no copy of the text ("external content"): it reads course_text, and triggers update
# the index. detail=none, because matching needs no positions.
FTS5 = """
    CREATE VIRTUAL TABLE course_fts USING fts5(
        title, people, tags, body,
        content='course_text', content_rowid='course_id', detail='none', columnsize=0
    )
"""
DROP = """
    INSERT INTO course_fts(course_fts, rowid, title, people, tags, body)
    VALUES ('delete', old.course_id, old.title, old.people, old.tags, old.body);
"""
ADD = """
    INSERT INTO course_fts(rowid, title, people, tags, body)
    VALUES (new.course_id, new.title, new.people, new.tags, new.body);
"""
# Without fastupdate, because every search would have to scan its list of pending changes.
GIN = """
    CREATE INDEX fulltext_course_text ON course_text
    USING gin (strip(to_tsvector('simple', title || people || tags || body)))
    WITH (fastupdate = off)
"""
INDEX = {
    "sqlite": [
        FTS5,
        f"CREATE TRIGGER course_text_insert AFTER INSERT ON course_text BEGIN {ADD} END",
        f"CREATE TRIGGER course_text_delete AFTER DELETE ON course_text BEGIN {DROP} END",
        f"CREATE TRIGGER course_text_update AFTER UPDATE ON course_text BEGIN {DROP} {ADD} END",
        "INSERT INTO course_fts(course_fts) VALUES ('rebuild')",
    ],
    # Without statistics the planner assumes that words are rare, and uses the index. The shop does
    # not use the full-text index for frequent words.
    "postgresql": [GIN, "ALTER INDEX fulltext_course_text ALTER COLUMN 1 SET STATISTICS 0"],
}


def upgrade() -> None:
    course_text = op.create_table(
        "course_text",
        sa.Column("course_id", Id, nullable=False, autoincrement=False),
        *(sa.Column(name, LongText, nullable=False) for name in FIELDS),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name=op.f("fk_course_text_course_id_course"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("course_id", name=op.f("pk_course_text")),
    )
    term = sa.String(84).with_variant(sa.String(84, collation="C"), "postgresql")
    search_word = op.create_table(
        "search_word",
        sa.Column("term", term, nullable=False),
        sa.Column("word", sa.String(84), nullable=False),
        sa.PrimaryKeyConstraint("term", name=op.f("pk_search_word")),
    )
    fill(op.get_bind(), course_text, search_word)
    dialect = op.get_bind().dialect.name
    for statement in INDEX.get(dialect, []):
        op.execute(statement)
    if dialect in {"mysql", "mariadb"}:
        op.create_index(
            "fulltext_course_text",
            "course_text",
            list(FIELDS),
            mysql_prefix="FULLTEXT",
            mariadb_prefix="FULLTEXT",
        )


def fill(connection: sa.Connection, course_text: sa.Table, search_word: sa.Table) -> None:
    """Index the existing courses in batches of `BATCH`."""
    for table in (course_text, search_word):
        connection.execute(sa.delete(table))
    known: set[str] = set()
    last = 0
    some = sa.select(COURSE).order_by(COURSE.c.id).limit(BATCH)
    while rows := connection.execute(some.where(COURSE.c.id > last)).all():
        names: dict[int, list[str]] = {row.id: [] for row in rows}
        last = rows[-1].id
        for course_id, name in connection.execute(PEOPLE, {"first": rows[0].id, "last": last}):
            names[course_id].append(name)
        op.bulk_insert(course_text, [document(row, names[row.id]) for row in rows])
        new = unseen((text for row in rows for text in texts(row, names[row.id])), known)
        known.update(new)
        op.bulk_insert(
            search_word, [{"term": term, "word": word} for term, word in sorted(new.items())]
        )


# Any: rows of COURSE, whose columns have no types.
def texts(row: Any, names: list[str]) -> list[str]:
    return [row.title, *names, *row.tags, row.summary, plain(row.about_html)]


def document(row: Any, names: list[str]) -> dict[str, int | str]:
    return {
        "course_id": row.id,
        "title": field([row.title]),
        "people": field(names),
        "tags": field(row.tags),
        "body": field([row.summary, plain(row.about_html)]),
    }


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE course_fts")
    op.drop_table("search_word")
    op.drop_table("course_text")
