"""The page by Django: its ORM on the same tables, its templates, the middleware of a new project.

Served by gunicorn, as its documentation advises.
"""
