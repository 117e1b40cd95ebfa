"""Being wrong on request: quirks, faults and attacks enter a session by the seams of its script.

Each row of the catalogue is a function here, its name with underscores: `faults.cut_after(512)`.
"""


def __getattr__(name: str) -> object:
    """A row of the catalogue, when it is first asked for."""
    if name.startswith("_"):
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module("pop3lab.faults.makers"), name)
