from __future__ import annotations

from typing import TYPE_CHECKING

import click

from courseshop.database.transactions import writing
from courseshop.schemas.category import CategoryDraft
from courseshop.scripts.common import INI, open_shop
from courseshop.services import category as service

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from courseshop.models.rows import CategoryRow


@click.group()
def category() -> None:
    """Create, rename and move course categories."""


@category.command()
@click.argument("ini", type=INI)
@click.argument("slug")
@click.argument("title")
@click.option("--parent", metavar="SLUG", help="The parent category.  [default: none]")
def add(ini: str, slug: str, title: str, parent: str | None) -> None:
    """Add a category as the last one, with TITLE and the URL /categories/SLUG."""
    draft = CategoryDraft(slug=slug, title=title)
    with writing(open_shop(ini)) as request:
        service.add(request.db, draft, _known(request.db, parent) if parent else None)
    click.echo(f"/categories/{slug}: {draft.title}")


@category.command()
@click.argument("ini", type=INI)
@click.argument("slug")
@click.argument("title")
def rename(ini: str, slug: str, title: str) -> None:
    """Change the title of the category SLUG to TITLE. Its URL stays the same."""
    draft = CategoryDraft(slug=slug, title=title)
    with writing(open_shop(ini)) as request:
        service.rename(request.db, _known(request.db, slug), draft.title)
    click.echo(f"/categories/{slug}: {draft.title}")


@category.command()
@click.argument("ini", type=INI)
@click.argument("slug")
@click.argument("parent", required=False)
def move(ini: str, slug: str, parent: str | None) -> None:
    """Move the category SLUG below PARENT. Without PARENT, move it to the top level."""
    with writing(open_shop(ini)) as request:
        there = _known(request.db, parent) if parent else None
        service.move(request.db, _known(request.db, slug), there)
    click.echo(f"/categories/{slug}: in /categories/{parent or ''}".rstrip("/"))


def _known(db: Session, slug: str) -> CategoryRow:
    row = service.find(db, slug)
    if row is None:
        raise click.ClickException(f"there is no category {slug}")
    return row
