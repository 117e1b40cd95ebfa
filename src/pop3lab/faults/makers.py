"""What rules do, as functions: from pop3lab.faults.makers import cut_after.

Each row of the catalogue has one, its name with underscores; it takes the row's values, in order
or by name, and raises ConfigError.
"""

from collections.abc import Callable

from pop3lab.core.errors import ConfigError
from pop3lab.faults.catalogue import PECULIARITIES
from pop3lab.faults.what import What
from pop3lab.faults.what_text import maker


def __getattr__(name: str) -> Callable[..., What]:
    try:
        return maker(name)
    except ConfigError as error:
        raise AttributeError(str(error)) from None


def __dir__() -> list[str]:
    return [name.replace("-", "_") for name in PECULIARITIES]
