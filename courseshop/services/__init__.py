"""Queries and business rules, one module per resource type: plain functions without HTTP.

They take a database session and an actor, select columns instead of ORM entities, and raise
`Refused` if a rule forbids the change.
"""
