"""Human-readable browser name from a User-Agent header."""

from __future__ import annotations

from ua_parser import parse

LONGEST = 100


def name_browser(user_agent: str) -> str:
    """Return "Firefox on Linux" for a User-Agent; an unknown one is returned unchanged.

    The result has at most 100 characters, and is "?" for an empty header.
    """
    found = parse(user_agent[:500])
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    named = " on ".join(filter(None, (browser, system)))
    return (named or user_agent or "?")[:LONGEST]
