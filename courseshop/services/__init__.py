"""Queries and rules, noun by noun: plain functions of a session and an actor, without HTTP.

They read columns, not entities, and refuse with `Refused`.
"""
