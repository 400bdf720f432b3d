"""Store the notes of wishes as HTML, too; they are Markdown"""

import sqlalchemy as sa
from alembic import op

from courseshop.database.types import LongText
from courseshop.services.wish import note_as_html

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BATCH = 1_000
WISHES = sa.table("wish", *map(sa.column, ("wishlist_id", "course_id", "note", "note_html")))


def upgrade() -> None:
    op.add_column("wish", sa.Column("note_html", LongText, nullable=True))
    fill()


def fill() -> None:
    """Render the existing notes in batches."""
    db, ids, last = op.get_bind(), (WISHES.c.wishlist_id, WISHES.c.course_id), (0, 0)
    noted = sa.select(*ids, WISHES.c.note).where(WISHES.c.note != "").order_by(*ids).limit(BATCH)
    this = sa.and_(*(one == sa.bindparam(f"this_{one.name}") for one in ids))
    render = sa.update(WISHES).where(this).values(note_html=sa.bindparam("html"))
    while rows := db.execute(noted.where(after(*last))).all():
        last = (rows[-1].wishlist_id, rows[-1].course_id)
        db.execute(
            render,
            [
                {
                    "this_wishlist_id": row.wishlist_id,
                    "this_course_id": row.course_id,
                    "html": note_as_html(row.note),
                }
                for row in rows
            ],
        )


def after(wishlist_id: int, course_id: int) -> sa.ColumnElement[bool]:
    here = WISHES.c.wishlist_id == wishlist_id
    return sa.or_(WISHES.c.wishlist_id > wishlist_id, sa.and_(here, WISHES.c.course_id > course_id))


def downgrade() -> None:
    op.drop_column("wish", "note_html")
