"""The one rounding rule: number, stars, histogram and JSON all come from here."""

from __future__ import annotations


def average(total: int, count: int) -> float | None:
    """Return the mean of `count` ratings that add up to `total`, None of none.

    Rounded half up to one decimal, in integers: 4.45 is 4.5 here, where binary floats and
    round-half-even give 4.4.
    """
    if not count:
        return None
    return (20 * total + count) // (2 * count) / 10


def stars(mean: float | None) -> float:
    """Return an average as stars, to the nearest half: 0, 0.5, … 5. Quarters go up."""
    if mean is None:
        return 0.0
    tenths = round(mean * 10)
    return (2 * tenths + 5) // 10 / 2
