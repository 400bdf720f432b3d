"""Stamps: change counters of rows, which cache keys and ETags are made of."""

from __future__ import annotations

import secrets

# Half of what an INTEGER holds: the other half is to count on.
FIRST_STAMPS = 2**30


def first_stamp() -> int:
    """Return the random start value of a new row's change counter.

    So a row that replaces a deleted one, perhaps with its id, is not taken for it.
    """
    return 1 + secrets.randbelow(FIRST_STAMPS)
