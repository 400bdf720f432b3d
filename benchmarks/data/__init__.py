"""A shop full of made-up courses: the same seed and number give the same rows on every machine.

What other benchmarks may rely on is named here.
"""

# The slugs that benchmarks ask for, and how many published reviews these courses have.
SPECIAL = {"bench-0-reviews": 0, "bench-10-reviews": 10, "bench-10000-reviews": 10_000}
# To be searched for. They stand in titles and summaries and nowhere else: the first in half of the
# courses, the second in one of a hundred (in ten at least), the third in RARE_COURSES.
COMMON, MIDDLING, RARE = "lantern", "orchard", "zephyr"
RARE_COURSES = 5
