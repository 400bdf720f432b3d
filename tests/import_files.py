"""Files to import: how tests write them, and import them as the command does."""

from __future__ import annotations

from courseshop import importing


def load(shop, *paths, **options):
    """Import as the command does, which stores nothing after a refusal; return the reports."""
    with shop.writing() as request:
        reports = importing.run(request, paths, importing.Options(**options))
        if any(report.outcome == "refused" for report in reports):
            request.tm.doom()
    return reports


def write(folder, name, text):
    path = folder / name
    path.write_text(text)
    return path


def markdown(folder, name="x.md", title="Weaving", more="", text="Warp and weft."):
    """Write a Markdown file with this title, and `more` lines in its front matter."""
    front = f"title: {title}\ncategory: Crafts\n{more}"
    return write(folder, name, f"---\n{front.rstrip()}\n---\n{text}\n")


def page(above="Crafts\n\nWeaving", about="Warp. Weft.", below=""):
    """Return the text of a course page copied from a browser."""
    return f"{above}\n\nWishlist Share\nAbout Course\n{about}\nShow More\n{below}\n"
