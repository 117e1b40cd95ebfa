"""What rules do, as functions: `faults.cut_after(512)`.

Each row of the catalogue has one, its name with underscores; it takes the row's values, in order
or by name, and raises ConfigError.
"""

TYPE_CHECKING = False  # as in typing, whose import would delay the port line
if TYPE_CHECKING:
    from collections.abc import Callable

    from pop3lab.rules.behaviour import Effect


def __getattr__(name: str) -> "Callable[..., Effect]":
    """The function of a row, when it is first asked for."""
    if name.startswith("_"):
        raise AttributeError(name)
    from pop3lab.behaviours.catalogue import factory
    from pop3lab.core.errors import ConfigError

    try:
        return factory(name)
    except ConfigError as error:
        raise AttributeError(str(error)) from None


def __dir__() -> list[str]:
    from pop3lab.behaviours.catalogue import BEHAVIOURS

    return [name.replace("-", "_") for name in BEHAVIOURS]
