"""Texts with placeholders, such as {port}: of the command lines and files of a driver."""

import re
from collections.abc import Mapping

from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.-]*)\}")

NAMES = (
    *("host", "port", "user", "password", "escaped-password", "hex-password"),
    *("url-user", "url-password"),
    *("token", "timeout", "url"),
    *("ca", "cert", "key", "out", "home", "mda", "tls", "auth"),
)


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """The text with a value for each placeholder. Other braces stay as they are.

    A value may have placeholders of its own. Raises ConfigError for one that is not known.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise ConfigError(f"{match[0]} is not a placeholder{nearest(name, [*values])}")
        return values[name]

    once = _PLACEHOLDER.sub(value, text)
    return _PLACEHOLDER.sub(value, once) if once != text else once


def placeholders(text: str) -> set[str]:
    """The names of all placeholders in the text."""
    return set(_PLACEHOLDER.findall(text))
