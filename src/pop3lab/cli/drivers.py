"""`pop3lab drivers`: list and print the drivers of programs that a check can try."""

import sys
from collections.abc import Sequence

from pop3lab.cli.chosen_driver import shipped_driver
from pop3lab.cli.words import read_words
from pop3lab.clients.loader import load_driver, shipped_drivers


def run(command: str, words: Sequence[str]) -> int:
    """List them, or print those that are named. Raises ConfigError."""
    _, names = read_words((), words)
    if names:
        for driver in map(shipped_driver, names):
            sys.stdout.write(driver.read_text(encoding="utf-8"))
        return 0
    drivers = shipped_drivers()
    width = max(map(len, drivers))
    for name, driver in drivers.items():
        print(f"{name:<{width}}  {load_driver(driver).about}")
    return 0
