"""pop3lab: a POP3 server for testing programs that fetch mail."""

from pop3lab._version import __version__

TYPE_CHECKING = False  # as in typing, whose import would delay the port line
if TYPE_CHECKING:
    from pop3lab import attacks, catalogue, faults, quirks
    from pop3lab.behaviours.catalogue import parse_rule
    from pop3lab.core.config import Limits
    from pop3lab.observe.waiting import WaitTimeout
    from pop3lab.scenario.scenario import load_scenario
    from pop3lab.server import Server
    from pop3lab.testing.messages import Message, generate
    from pop3lab.testing.pop3_server import Pop3Server

__all__ = [
    "Limits",
    "Message",
    "Pop3Server",
    "Server",
    "WaitTimeout",
    "__version__",
    "attacks",
    "catalogue",
    "faults",
    "generate",
    "load_scenario",
    "parse_rule",
    "quirks",
]

_MODULES = {"attacks", "catalogue", "faults", "quirks"}

_HOMES = {
    "Limits": "pop3lab.core.config",
    "Message": "pop3lab.testing.messages",
    "Pop3Server": "pop3lab.testing.pop3_server",
    "Server": "pop3lab.server",
    "WaitTimeout": "pop3lab.observe.waiting",
    "generate": "pop3lab.testing.messages",
    "load_scenario": "pop3lab.scenario.scenario",
    "parse_rule": "pop3lab.behaviours.catalogue",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    return getattr(import_module(_HOMES[name]), name)
