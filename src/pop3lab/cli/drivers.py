"""`pop3lab drivers`: list and print the drivers of programs that a check can try."""

import sys
from collections.abc import Sequence

from pop3lab.cli.words import read_words
from pop3lab.clients.loader import load_driver, shipped_drivers
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest


def run(command: str, words: Sequence[str]) -> int:
    """List them, or print those that are named. Raises ConfigError."""
    _, names = read_words((), words)
    drivers = shipped_drivers()
    for name in names:
        if name not in drivers:
            raise ConfigError(f"there is no driver {name!r}{nearest(name, drivers)}")
    if names:
        for name in names:
            with open(drivers[name], encoding="utf-8") as file:
                sys.stdout.write(file.read())
        return 0
    width = max(map(len, drivers))
    for name, path in drivers.items():
        print(f"{name:<{width}}  {load_driver(path).about}")
    return 0
