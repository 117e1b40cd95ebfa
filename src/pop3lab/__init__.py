"""pop3lab: a POP3 server for testing programs that fetch mail."""

from pop3lab._version import __version__

TYPE_CHECKING = False  # as in typing, whose import would delay the port line
if TYPE_CHECKING:
    from pop3lab.core.limits import Limits
    from pop3lab.server import Server

__all__ = ["Limits", "Server", "__version__"]

_HOMES = {"Limits": "pop3lab.core.limits", "Server": "pop3lab.server"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
