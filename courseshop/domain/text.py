"""Rules for the characters of texts, shared by fields, files, commands, headers and XML documents.

LINE and WORDS are patterns of a single line, TEXT and NONBLANK_TEXT of a text with line breaks.
WORDS and NONBLANK_TEXT require a visible character. Python, pydantic (Rust) and clients of the API
(often JavaScript) use the same patterns. Their syntaxes have no common escape for characters above
U+FFFF, so the patterns contain these characters themselves.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

# The forbidden characters above U+FFFF. The last two code points of each plane are noncharacters
# (Unicode, section 23.7). Tag characters (U+E0000 to U+E007F) are invisible, so they can hide one
# text in another.
_ASTRAL = "\U000e0000-\U000e007f" + "".join(
    f"{chr(last)}-{chr(last + 1)}" for last in range(0x1FFFE, 0x110000, 0x10000)
)
# Noncharacters, and interlinear annotation characters, which don't belong in markup (UTR #20).
_ODD = rf"\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff{_ASTRAL}"
# Also control characters (C0, DEL, C1) except tabs and line breaks, and deprecated format
# characters.
_IN_NO_TEXT = rf"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u206a-\u206f{_ODD}"
# Also tabs, line breaks, and characters that change the direction of the text after them.
_IN_NO_LINE = rf"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f{_ODD}"
# Invisible characters, such as soft hyphens, zero-width spaces, Hangul fillers and variation
# selectors: Unicode's property Default_Ignorable_Code_Point (The Unicode Standard, 5.21).
INVISIBLE = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Whitespace and invisible characters.
_BLANK = rf"\x09-\x0d \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000{INVISIBLE}"
LINE = rf"^[^{_IN_NO_LINE}]*$"
WORDS = rf"^[^{_IN_NO_LINE}]*[^{_IN_NO_LINE}{_BLANK}][^{_IN_NO_LINE}]*$"
# A tag has no comma, because forms separate tags by commas.
TAG = rf"^[^,{_IN_NO_LINE}]*[^,{_IN_NO_LINE}{_BLANK}][^,{_IN_NO_LINE}]*$"
TEXT = rf"^[^{_IN_NO_TEXT}]*$"
NONBLANK_TEXT = rf"^[^{_IN_NO_TEXT}]*[^{_IN_NO_TEXT}{_BLANK}][^{_IN_NO_TEXT}]*$"

NOT_IN_A_LINE = re.compile(f"[{_IN_NO_LINE}]")
NOT_IN_A_TEXT = re.compile(f"[{_IN_NO_TEXT}]")
# All line breaks of Unicode; text copied from word processors contains the rarer ones.
LINE_BREAK = re.compile(r"\r\n|[\n\x0b\x0c\r\x85\u2028\u2029]")
_BREAK_OR_TAB = re.compile(rf"\t|{LINE_BREAK.pattern}")
_AROUND = re.compile(rf"^[{_BLANK}]+|[{_BLANK}]+$")
# Characters that XML 1.0 cannot represent (section 2.2).
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_line(text: str) -> bool:
    return NOT_IN_A_LINE.search(text) is None


def as_line(text: str) -> str:
    """Return a text as one line, without characters that a line must not contain.

    Line breaks, tabs and repeated spaces become a single space.
    """
    return " ".join(NOT_IN_A_LINE.sub("", _BREAK_OR_TAB.sub(" ", text)).split())


def with_line_feeds(text: str) -> str:
    """Return a text with line feeds as its only line breaks."""
    return LINE_BREAK.sub("\n", text)


def trimmed(identifier: str) -> str:
    """Return a username or email address without spaces and invisible characters at its ends."""
    return _AROUND.sub("", identifier)


def is_blank(text: str) -> bool:
    return trimmed(text) == ""


def for_xml(text: str) -> str:
    """Return a document, or a part of it, without the characters that XML cannot represent."""
    return _NOT_IN_XML.sub("", text)


def xml_text(text: str) -> str:
    """Return a text as the content or an attribute of an XML element."""
    return escape(for_xml(text))


def character_name(character: str) -> str:
    """Return the code point and, if it has one, the name of a character: U+2028 LINE SEPARATOR."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
