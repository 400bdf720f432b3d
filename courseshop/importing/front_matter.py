"""Reader for YAML whose values are text, exactly as their author wrote them.

Ordinary YAML loaders read `no` as false and `3.10` as 3.1, keep the last of two equal keys, and
drop what follows " #". Here values stay text, and what YAML would drop is a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from courseshop.importing.faults import Fault, Faulty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import JsonValue

# A base loader does not guess types. The one in C is ten times as fast.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
NOTHING = {"", "~", "null"}
LOST = "The text after # would be lost. Put the value in quotes, or the comment on its own line."
TWICE = "This field is given twice. Keep one of them."
MARKED = "Put the value in quotes: {} has a meaning in YAML."
# Aliases are refused at once: a short text could stand for gigabytes.
ALIAS = MARKED.format("*")


def read(text: str, first_line: int = 1) -> tuple[dict[str, JsonValue], list[Fault]]:
    """Return the fields of a YAML mapping, and its faults.

    `first_line` is the number of its first line in the file. Raises Faulty if it is not a mapping
    with text as keys.
    """
    try:
        lost = list(lost_text(text))
        aliases = [line for line, message in lost if message == ALIAS]
        if aliases:
            raise Faulty([Fault("", f"line {line + first_line}: {ALIAS}") for line in aliases])
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        raise Faulty([syntax_fault(error, first_line)]) from error
    if not isinstance(root, yaml.MappingNode):
        raise Faulty([Fault("", "The front matter has no fields. Write lines such as title: …")])
    faults = [Fault(field_at(root, line), message) for line, message in lost]
    return mapping(root, "", faults), faults


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
    """Return whether there is no value behind a colon, or an unquoted `null` or `~`."""
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in NOTHING


def value_of(node: yaml.Node, path: str, faults: list[Fault]) -> JsonValue:
    """Return a node as text, a list or a dict."""
    if isinstance(node, yaml.MappingNode):
        return mapping(node, path, faults)
    if isinstance(node, yaml.SequenceNode):
        return [value_of(one, f"{path}.{at}", faults) for at, one in enumerate(node.value)]
    return str(node.value)


def lost_text(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line (from 0) and the fault of everything that YAML would drop from a value."""
    end = 0
    for token in yaml.scan(text, Loader=LOADER):
        start, line = token.start_mark.index, token.start_mark.line
        if has_comment(text, end, start):
            yield text.count("\n", 0, end), LOST
        if isinstance(token, yaml.ScalarToken) and token.style in {"|", ">"}:
            if has_comment(text, start + 1, token.end_mark.index):
                yield line, LOST
        elif isinstance(token, (yaml.TagToken, yaml.AnchorToken, yaml.AliasToken)):
            yield line, MARKED.format(text[start])
        end = token.end_mark.index


def has_comment(text: str, start: int, end: int) -> bool:
    """Return whether the line has a comment from `start` to `end`, behind something else."""
    line_end = text.find("\n", start, end)
    if "#" not in text[start : end if line_end < 0 else line_end]:
        return False
    return bool(text[text.rfind("\n", 0, start) + 1 : start].strip())


def field_at(root: yaml.MappingNode, line: int) -> str:
    """Return the top-level field that a line belongs to."""
    names = [str(key.value) for key, _value in root.value if key.start_mark.line <= line]
    return names[-1] if names else ""


def syntax_fault(error: yaml.YAMLError, first_line: int) -> Fault:
    """Return a syntax error in plain words, with the line of the file."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = f"line {mark.line + first_line}" if mark else "the text"
    hint = 'Put a value in quotes if it contains ": " or begins with a special character.'
    problem = getattr(error, "problem", None) or "unreadable character"
    return Fault("", f"The front matter is not YAML: {line}: {problem}. {hint}")
