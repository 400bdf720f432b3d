"""What texts consist of: the same rules for each field, file, command, header and XML document.

A *line* has no line break, a *word* is a line that shows something, and a *text* may have line
breaks. pydantic and API clients in other programming languages read these
patterns. They have no common escape for characters above U+FFFF, which are written literally.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

# The last two code points of each plane are not characters (Unicode, section 23.7). Tag characters
# (U+E0000 to U+E007F) are invisible, and can smuggle a second text into one.
FORBIDDEN_ASTRAL = "\U000e0000-\U000e007f" + "".join(
    f"{chr(last)}-{chr(last + 1)}" for last in range(0x1FFFE, 0x110000, 0x10000)
)
# Noncharacters, and annotation marks, which XML and HTML must not contain.
_ODD = rf"\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff{FORBIDDEN_ASTRAL}"
# Control characters (C0, DEL, C1) besides tabs and line breaks, and deprecated format characters.
_IN_NO_TEXT = rf"\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u206a-\u206f{_ODD}"
# Also tabs, line breaks, and characters that change the writing direction of the text after them.
_IN_NO_LINE = rf"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u206f{_ODD}"
# Whitespace, and characters that show nothing.
_BLANK = (
    r"\x09-\x0d \x85\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0"
)
LINE = rf"^[^{_IN_NO_LINE}]*$"
WORDS = rf"^[^{_IN_NO_LINE}]*[^{_IN_NO_LINE}{_BLANK}][^{_IN_NO_LINE}]*$"
# A tag has no comma, because forms and query strings separate tags by commas.
TAG = rf"^[^,{_IN_NO_LINE}]*[^,{_IN_NO_LINE}{_BLANK}][^,{_IN_NO_LINE}]*$"
TEXT = rf"^[^{_IN_NO_TEXT}]*$"
# A text that shows something.
NONBLANK_TEXT = rf"^[^{_IN_NO_TEXT}]*[^{_IN_NO_TEXT}{_BLANK}][^{_IN_NO_TEXT}]*$"

NOT_IN_A_LINE = re.compile(f"[{_IN_NO_LINE}]")
NOT_IN_A_TEXT = re.compile(f"[{_IN_NO_TEXT}]")
# All line breaks of Unicode, such as those that word processors copy.
LINE_BREAK = re.compile(r"\r\n|[\n\x0b\x0c\r\x85\u2028\u2029]")
_BREAK_OR_TAB = re.compile(rf"\t|{LINE_BREAK.pattern}")
_AROUND = re.compile(rf"^[{_BLANK}]+|[{_BLANK}]+$")
# Characters that XML 1.0 cannot represent (section 2.2).
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_line(text: str) -> bool:
    return NOT_IN_A_LINE.search(text) is None


def as_line(text: str) -> str:
    """Return a text as one line: line breaks become spaces, other odd characters disappear."""
    return " ".join(NOT_IN_A_LINE.sub("", _BREAK_OR_TAB.sub(" ", text)).split())


def with_line_feeds(text: str) -> str:
    """Return a text with line feeds as its only line breaks."""
    return LINE_BREAK.sub("\n", text)


def trimmed(identifier: str) -> str:
    """Return a username or an address without the blanks and invisible characters around it."""
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
    """Return the code point of a character, and its name if it has one: U+2028 LINE SEPARATOR."""
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
