"""A shop full of made-up courses: the same number gives the same rows on every machine."""
