"""Stamps: change counters of rows, from which cache keys and ETags are made."""

from __future__ import annotations

import secrets

# Half the range of INTEGER; the other half is for counting.
FIRST_STAMPS = 2**30


def first_stamp() -> int:
    """Return the random start value of a new row's change counter.

    So caches do not mistake a new row for a deleted one, even if it has the same id.
    """
    return 1 + secrets.randbelow(FIRST_STAMPS)
