"""The shop on real servers under load, beside the same page by others: see ../README.md."""
