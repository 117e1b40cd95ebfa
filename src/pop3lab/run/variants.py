"""Certificates that a client must not accept, made when they are first asked for."""

from pop3lab.core.errors import ConfigError
from pop3lab.run.tls import Tls


def make_variant(name: str) -> Tls:
    """The variant of this name. Raises ConfigError."""
    raise ConfigError(f"there is no certificate {name!r}")
