"""Reader for YAML whose values are text, exactly as their author wrote them.

Ordinary YAML loaders read `no` as false and `3.10` as 3.1, keep the last of two equal keys, and
drop what follows " #". Here values stay text, and what YAML would drop is a fault.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

import yaml

from courseshop.importing.faults import DEEPEST, Fault, Faulty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

# A base loader does not guess types. The one in C is ten times as fast.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
NOTHING = {"", "~", "null"}
LOST = "The text after # would be lost. Put the value in quotes, or the comment on its own line."
TWICE = "This field is given twice. Keep one of them."
MARKED = "Put the value in quotes: {} has a meaning in YAML."
# Aliases are refused at once: with them, a short text could expand to gigabytes.
ALIAS = MARKED.format("*")
DEEP = "This is nested too deeply. Put the value in quotes if it is a text."
# libyaml's message for more than 1,000 levels.
TOO_DEEP = "exceeded maximum nesting depth"
FATAL = {ALIAS, DEEP}
END = re.compile(r"^\.\.\.[ \t]*$", re.MULTILINE)
ENDED = "The front matter ends here, with three periods. End it with --- instead."
TAB = "This line begins with a tab. Use spaces."
OPENING = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken,
           yaml.FlowMappingStartToken, yaml.FlowSequenceStartToken)  # fmt: skip
CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


def read(text: str, first_line: int = 1) -> tuple[dict[str, JsonValue], list[Fault]]:
    """Return the fields of a YAML mapping, and its faults.

    `first_line` is the number of its first line in the file. Raises Faulty if it is not a mapping
    with text as keys.
    """
    refuse_early_end(text, first_line)
    try:
        lost = list(lost_text(text))
        fatal = [(line, message) for line, message in lost if message in FATAL]
        if fatal:
            raise Faulty([Fault("", f"line {line + first_line}: {why}") for line, why in fatal])
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise Faulty([syntax_fault(text, error, first_line)]) from error
    if not isinstance(root, yaml.MappingNode):
        raise Faulty([Fault("", "The front matter has no fields. Write lines such as title: …")])
    faults = faults_at(root, lost)
    return mapping(root, "", faults), faults


def refuse_early_end(text: str, first_line: int) -> None:
    """Raise Faulty if three periods end the front matter before its last line."""
    end = END.search(text)
    if end:
        line = text.count("\n", 0, end.start()) + first_line
        raise Faulty([Fault("", f"line {line}: {ENDED}")])


def mapping(node: yaml.MappingNode, path: str, faults: list[Fault]) -> dict[str, JsonValue]:
    """Return a mapping as a dict, and add its faults. The first of two equal keys counts."""
    found: dict[str, JsonValue] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            faults.append(Fault(path, "The front matter is not YAML with string keys."))
            continue
        where = f"{path}.{key.value}" if path else key.value
        if key.value in found:
            faults.append(Fault(where, TWICE))
        else:
            found[key.value] = None if is_empty(value) else value_of(value, where, faults)
    return found


def is_empty(node: yaml.Node) -> bool:
    """Return whether there is no value after a colon, or an unquoted `null` or `~`."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NOTHING


def value_of(node: yaml.Node, path: str, faults: list[Fault]) -> JsonValue:
    """Return a node as text, a list or a dict."""
    if isinstance(node, yaml.MappingNode):
        return mapping(node, path, faults)
    if isinstance(node, yaml.SequenceNode):
        return [value_of(one, f"{path}.{at}", faults) for at, one in enumerate(node.value)]
    return str(node.value)


def lost_text(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line (from 0) and the fault of everything that YAML would drop from a value.

    Stops at the point where the text is nested too deeply to be read at all.
    """
    end, end_line, depth = 0, 0, 0
    for token in yaml.scan(text, Loader=LOADER):
        line = token.start_mark.line
        if has_comment(text, end, token.start_mark.index):
            yield end_line, LOST
        for message in lost_in(text, token):
            yield line, message
        depth += isinstance(token, OPENING) - isinstance(token, CLOSING)
        if depth > DEEPEST:
            yield line, DEEP
            return
        end, end_line = token.end_mark.index, token.end_mark.line


def lost_in(text: str, token: yaml.Token) -> Iterator[str]:
    """Yield the fault of a token from which YAML would drop something."""
    start = token.start_mark.index
    if isinstance(token, yaml.ScalarToken) and token.style in {"|", ">"}:
        if has_comment(text, start + 1, token.end_mark.index):
            yield LOST
    elif isinstance(token, (yaml.TagToken, yaml.AnchorToken, yaml.AliasToken)):
        yield MARKED.format(text[start])


def has_comment(text: str, start: int, end: int) -> bool:
    """Return whether the line has a comment from `start` to `end`, after a value."""
    line_end = text.find("\n", start, end)
    if "#" not in text[start : end if line_end < 0 else line_end]:
        return False
    return bool(text[text.rfind("\n", 0, start) + 1 : start].strip())


def faults_at(root: yaml.MappingNode, lost: list[tuple[int, str]]) -> list[Fault]:
    """Return faults with the top-level fields that their lines belong to."""
    lines = [key.start_mark.line for key, _value in root.value]
    places = [(bisect_right(lines, line) - 1, message) for line, message in lost]
    named = [(str(root.value[at][0].value) if at >= 0 else "", message) for at, message in places]
    return [Fault(field, message) for field, message in dict.fromkeys(named)]


def syntax_fault(text: str, error: yaml.YAMLError, first_line: int) -> Fault:
    """Return a syntax error in plain words, with the line of the file."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = f"line {mark.line + first_line}" if mark else "the text"
    if mark and "\t" in indentation(text, mark.line):
        return Fault("", f"{line}: {TAB}")
    problem = getattr(error, "problem", None) or "unreadable character"
    if problem == TOO_DEEP:
        return Fault("", f"{line}: {DEEP}")
    hint = 'Put a value in quotes if it contains ": " or begins with a special character.'
    return Fault("", f"The front matter is not YAML: {line}: {problem}. {hint}")


def indentation(text: str, number: int) -> str:
    """Return the whitespace at the start of a line."""
    lines = text.split("\n")
    line = lines[number] if number < len(lines) else ""
    return line[: len(line) - len(line.lstrip())]
