"""A shop full of made-up courses: the same seed and number give the same rows on every machine.

What other benchmarks may rely on is named here.
"""

from __future__ import annotations

from benchmarks.data.courses import SPECIAL
from benchmarks.data.words import COMMON, MIDDLING, RARE, RARE_COURSES

__all__ = ["COMMON", "MIDDLING", "RARE", "RARE_COURSES", "SPECIAL"]
