"""The title and the category of a course page.

The title is the line nearest above the buttons Wishlist and Share. The category is the line above
the title, or follows "Categories:" below it. If either is not clear, it is a fault, and the message
has the lines that were found.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from courseshop.importing.faults import Fault, Faulty
from courseshop.importing.page_lines import (
    BY,
    CATEGORY,
    button,
    fits,
    is_aside,
    is_doubtful,
    is_menu,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

CRUMB = re.compile(r"\s[/|>»\u203a→]\s|[>»\u203a→]")
LONGEST_CATEGORY = 60
SENTENCE = (".", "!", "?", "…", ":")


class Head(NamedTuple):
    """The lines above the buttons: above the title, the title itself, and below the title."""

    above: list[str]
    title: str
    below: list[str]


def read(
    lines: list[str], elsewhere: list[str], *, sure: bool
) -> tuple[dict[str, str], list[Fault]]:
    """Return the title and the category, and a fault for each that is not clear.

    `elsewhere` are the lines below the buttons. `sure` means that there are buttons; without them,
    the lines are clear only if there are just two.
    """
    head = split(lines)
    faults = [*title_faults(head, sure=sure)]
    facts, above = {"title": head.title}, category_above(head.above, head.title)
    found = categories(head.below) or ([above] if above else categories(elsewhere))
    if above and not any(plain(one) == plain(above) for one in found):
        names = " or ".join(map(repr, (above, found[0])))
        faults.append(Fault("category", f"may be {names}. Delete the other line from the file."))
    elif found:
        facts["category"] = above or found[0]
    else:
        faults.append(no_category(head))
    return facts, faults


def split(lines: list[str]) -> Head:
    """Return the lines above the buttons. Raises Faulty if there is none."""
    shown = [line.strip() for line in lines if not button(line)]
    likely = [at for at, line in enumerate(shown) if line and not is_other(line)]
    if not likely:
        why = "the category and the title are missing before 'About Course'"
        raise Faulty([Fault("", why)])
    title = shown[likely[-1]]
    above = [line for line in shown[: likely[-1]] if not is_other(line)]
    while above and plain(above[-1]) in {"", plain(title)}:
        above.pop()
    return Head(above, title, shown[likely[-1] + 1 :])


def is_other(line: str) -> bool:
    return is_aside(line) or is_doubtful(line)


def title_faults(head: Head, *, sure: bool) -> Iterable[Fault]:
    """Yield the reasons why the title may be another line."""
    named = [*filter(None, head.above), head.title]
    if is_menu(head.title) or (not sure and len(named) > 2):
        found = ", ".join(map(repr, named[-5:]))
        yield Fault("title", f"above 'Wishlist' or 'Share', found only {found}")
    labeled = any(fits(CATEGORY, line) for line in head.below)
    doubtful = [line for line in head.below if is_doubtful(line) and not is_aside(line)]
    if doubtful and not (labeled and fits(BY, doubtful[-1])):
        names = " or ".join(map(repr, (head.title, doubtful[-1])))
        yield Fault("title", f"may be {names}. Delete the other line from the file.")


def no_category(head: Head) -> Fault:
    """Return the fault of a page whose category is missing or may belong to a site's menu."""
    named = [*filter(None, head.above)]
    found = f", but {named[-1]!r}, which looks like a menu" if named else ""
    return Fault("category", f"found no category above the title {head.title!r}{found}")


def category_above(above: list[str], title: str) -> str | None:
    """Return the last of the lines above the title; None if it may be something else."""
    if not above:
        return None
    *others, line = above
    crumbs = [one.strip() for one in CRUMB.split(line)]
    if len(crumbs) > 1 and is_menu(crumbs[0]):
        inner = [one for one in crumbs if one and one != title and not is_menu(one)]
        return inner[-1] if inner else None
    block = list(takewhile(bool, reversed(others)))
    strange = len(block) > 1 and not all(map(is_menu, block))
    return None if strange or is_menu(line) or not is_clear(line) else line


def is_clear(line: str) -> bool:
    """Return whether a line may be a category: it is short and not a sentence."""
    return len(line) <= LONGEST_CATEGORY and not line.endswith(SENTENCE)


def categories(lines: Iterable[str]) -> list[str]:
    """Return the categories after the only "Categories:". Raises Faulty if there are several."""
    labels = [CATEGORY.fullmatch(line.strip()) for line in lines if fits(CATEGORY, line)]
    found = [[one.strip() for one in label[1].split(",")] for label in labels if label]
    if len({one[0] for one in found}) > 1:
        names = ", ".join(repr(one[0]) for one in found)
        raise Faulty([Fault("category", f"found {names}. Delete the others from the file.")])
    return [one for one in found[0] if one] if found else []
