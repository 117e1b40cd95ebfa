"""Import optional libraries where first needed: the one function for all extras."""

from importlib import import_module
from typing import Any

from pop3lab.core.errors import ConfigError


def import_optional(module: str, feature: str, extra: str) -> Any:
    """Import a module that an extra installs.

    feature: what needs it, as the error says. Raises ConfigError if it is missing.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(f"{feature} needs a library: pip install 'pop3lab[{extra}]'") from error
