"""Reads the settings of an `.ini` file.

A value may be `env:NAME` (an environment variable) or `file:/path` (the first line of a file), so
that secrets stay out of the `.ini` file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError
from pyramid.exceptions import ConfigurationError
from pyramid.settings import asbool

from courseshop.settings import PREFIX, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = TypeVar("Value")
# Settings whose values may contain passwords, so that error messages leave them out.
MAY_HOLD_PASSWORDS = {"secret", "mail", "throttles"}
DEBUGGING = (
    "pyramid.debug_all",
    "pyramid.debug_authorization",
    "pyramid.debug_notfound",
    "pyramid.debug_routematch",
    "pyramid.debug_templates",
    "pyramid.reload_all",
    "pyramid.reload_assets",
    "pyramid.reload_templates",
)


def read(ini: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """Return the shop's settings, and all settings of the ini with `env:` and `file:` resolved.

    Raises ConfigurationError, which names the wrong setting and what was expected.
    """
    resolved = {key: resolve(key, value) for key, value in ini.items()}
    own = {key[len(PREFIX) :]: resolved[key] for key in resolved if key.startswith(PREFIX)}
    try:
        settings = Settings(**own)
    except ValidationError as error:
        raise ConfigurationError(explain(error)) from None
    return settings, resolved


def resolve(key: str, value: Value) -> Value | str:
    """Return the value of `env:NAME` or `file:/path`, or any other value unchanged.

    Raises ConfigurationError if the variable is not set or the file cannot be read.
    """
    if not isinstance(value, str):
        return value
    kind, _, rest = value.partition(":")
    if kind == "env":
        if rest not in os.environ:
            raise ConfigurationError(f"{key}: the environment variable {rest} is not set")
        return os.environ[rest]
    if kind == "file":
        if not rest.startswith("/"):
            raise ConfigurationError(f"{key}: {rest} is not an absolute path")
        try:
            return Path(rest).read_text(encoding="utf-8").partition("\n")[0].strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{key}: cannot read {rest}: {error}") from None
    return value


def explain(error: ValidationError) -> str:
    lines = []
    for fault in error.errors():
        name = str(fault["loc"][0]) if fault["loc"] else ""
        if fault["type"] == "extra_forbidden":
            known = ", ".join(PREFIX + field for field in Settings.model_fields)
            lines.append(f"{PREFIX}{name}: unknown setting; expected one of {known}")
        elif name:
            meaning = Settings.model_fields[name].description
            value = "" if name in MAY_HOLD_PASSWORDS else f" = {fault['input']!r}"
            lines.append(f"{PREFIX}{name}{value}: {fault['msg']} ({meaning})")
        else:
            lines.append(fault["msg"].removeprefix("Value error, "))
    return "\n".join(lines)


def refuse_debugging(settings: Mapping[str, str], plugins: list[str]) -> None:
    """Raise ConfigurationError if the ini or a PYRAMID_… variable switches on debugging."""
    for key in DEBUGGING:
        if asbool(settings.get(key, False)):
            variable = key.upper().replace(".", "_")
            raise ConfigurationError(
                f"{key}: debugging is on (by this setting, by {key.partition('.')[2]}, or by the "
                f"environment variable {variable}); switch it off in production"
            )
    if "pyramid_debugtoolbar" in plugins:
        raise ConfigurationError(
            "pyramid.includes: pyramid_debugtoolbar is not allowed in production; remove it"
        )
