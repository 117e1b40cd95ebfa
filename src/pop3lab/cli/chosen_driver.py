"""The driver that a command line names."""

import shlex
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.resources.abc import Traversable

from pop3lab.clients.driver import Driver, driver_of_command
from pop3lab.clients.loader import load_driver, shipped_drivers
from pop3lab.clients.process import version_of
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest


@dataclass(frozen=True)
class ChosenDriver:
    """A driver, and the words that name it on the command line."""

    driver: Driver
    words: str

    @property
    def digest(self) -> str:
        """What changes with the driver."""
        return f"sha256:{sha256(repr(self.driver).encode()).hexdigest()}"

    @cached_property
    def version(self) -> str:
        """The version that the program tells."""
        return version_of(self.driver)


def choose_driver(operands: Sequence[str], program: Sequence[str]) -> ChosenDriver:
    """The driver of this name, file or command line. Raises ConfigError, OSError."""
    if len(operands) + bool(program) != 1:
        raise ConfigError("give one of these: a DRIVER, a FILE.toml, or -- and a command line")
    if program:
        return ChosenDriver(driver_of_command(program), f"-- {shlex.join(program)}")
    name = operands[0]
    driver = load_driver(name if name.endswith(".toml") else shipped_driver(name))
    missing = [need for need in driver.needs if shutil.which(need) is None]
    if missing:
        raise FileNotFoundError(2, "is not installed", missing[0])
    return ChosenDriver(driver, shlex.quote(name))


def shipped_driver(name: str) -> Traversable:
    """The driver of this name that comes along. Raises ConfigError."""
    drivers = shipped_drivers()
    if name not in drivers:
        raise ConfigError(f"there is no driver {name!r}{nearest(name, drivers)}")
    return drivers[name]
