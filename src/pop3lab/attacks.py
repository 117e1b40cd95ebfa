"""The attacks of the catalogue as functions: `attacks.cert_expired()`.

Each function has the name of its row, with underscores for hyphens. It takes the values of the row,
in order or by name, and returns an effect for a rule. It raises ConfigError if a value is wrong.
"""

TYPE_CHECKING = False  # as in typing, whose import would delay the port line
if TYPE_CHECKING:
    from collections.abc import Callable

    from pop3lab.rules.behaviour import Effect


def __getattr__(name: str) -> "Callable[..., Effect]":
    """Return the function of a row."""
    if name.startswith("_"):
        raise AttributeError(name)
    from pop3lab.behaviours.families import function_of

    return function_of("attack", name)


def __dir__() -> list[str]:
    from pop3lab.behaviours.families import members

    return list(members("attack"))
