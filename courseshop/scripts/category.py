from __future__ import annotations

import click

from courseshop.db import writing
from courseshop.schemas.category import CategoryDraft
from courseshop.scripts.common import INI, open_shop
from courseshop.services import category as service


@click.group()
def category() -> None:
    """Make and rename the categories that courses stand in."""


@category.command()
@click.argument("ini", type=INI)
@click.argument("slug")
@click.argument("title")
def add(ini: str, slug: str, title: str) -> None:
    """Add a category with the address SLUG and the name TITLE, behind the others."""
    draft = CategoryDraft(slug=slug, title=title)
    with writing(open_shop(ini)) as request:
        service.add(request.db, draft)
    click.echo(f"/categories/{slug}: {draft.title}")


@category.command()
@click.argument("ini", type=INI)
@click.argument("slug")
@click.argument("title")
def rename(ini: str, slug: str, title: str) -> None:
    """Give the category SLUG the name TITLE; its address stays."""
    draft = CategoryDraft(slug=slug, title=title)
    with writing(open_shop(ini)) as request:
        row = service.find(request.db, slug)
        if row is None:
            raise click.ClickException(f"there is no category {slug}")
        service.rename(request.db, row, draft.title)
    click.echo(f"/categories/{slug}: {draft.title}")
