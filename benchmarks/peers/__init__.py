"""The page of a course as Flask, Django and FastAPI show it, from the same tables.

Each is written as its own documentation teaches, with eager loading, and takes the database's URL
from BENCH_URL. They show what our page says, without the drawn covers and what is only for
machines (JSON-LD, Open Graph), which is in their favour.
"""
