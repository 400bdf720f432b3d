"""The page of a course as Flask, Django and FastAPI show it, from the same tables.

Each is written as its own documentation teaches, with eager loading, and takes the database's URL
from BENCH_URL. They show what our page says to readers and search engines, without the drawn
covers and without what no course of the data has (replies, edited and hidden reviews), which is in
their favour.
"""
