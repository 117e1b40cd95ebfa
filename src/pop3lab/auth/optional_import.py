"""Optional libraries, imported where they are first needed."""

from importlib import import_module
from typing import Any

from pop3lab.core.errors import ConfigError


def load(module: str, what: str, extra: str) -> Any:
    """The module. what: what needs it, as the error says. Raises ConfigError if it is missing."""
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(f"{what} needs a library: pip install 'pop3lab[{extra}]'") from error
