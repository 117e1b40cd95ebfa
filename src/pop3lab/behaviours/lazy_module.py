"""Module attributes for the functions of a family, imported on first use.

These imports come with pop3lab.faults, long before a fault is used, so nothing heavy is imported
here.
"""

TYPE_CHECKING = False  # as in typing, whose import would delay the port line
if TYPE_CHECKING:
    from collections.abc import Callable

    from pop3lab.rules.behaviour import Effect


def attributes_of(
    family: str,
) -> "tuple[Callable[[str], Callable[..., Effect]], Callable[[], list[str]]]":
    """Return __getattr__ and __dir__ of the module."""

    def function(name: str) -> "Callable[..., Effect]":
        if name.startswith("_"):
            raise AttributeError(name)
        from pop3lab.behaviours.families import function_of

        return function_of(family, name)

    def names() -> list[str]:
        from pop3lab.behaviours.families import members

        return list(members(family))

    return function, names
