"""What the layer of faults costs where no rule is in force: with it beside without it, in one run.

python -m benchmarks.without_rules
"""

import sys
import time
from collections.abc import Callable
from statistics import median

from pop3lab.auth.authenticator import Authenticator
from pop3lab.core.hooks import NO_HOOKS, Hooks
from pop3lab.core.session import Session
from pop3lab.rules.engine import Rules
from pop3lab.stores.memory import MemoryStore

_ROUNDS = 31
_DIALOGUES = {
    "login, STAT, QUIT": (b"USER ann\r\n", b"PASS secret\r\n", b"STAT\r\n", b"QUIT\r\n"),
    "NOOP, one at a time": (b"USER ann\r\n", b"PASS secret\r\n", *[b"NOOP\r\n"] * 200),
    "NOOP, 100 pipelined": (b"USER ann\r\n", b"PASS secret\r\n", *[b"NOOP\r\n" * 100] * 20),
    "RETR 5 KB": (b"USER ann\r\n", b"PASS secret\r\n", *[b"RETR 1\r\n"] * 100),
}
_SCRIPTS: dict[str, Callable[[], Hooks]] = {
    "without": lambda: NO_HOOKS,
    "no rules": Rules,
    "no rules yet, but they may come": lambda: Rules(live=True),
}


def _seconds(script: Hooks, dialogue: tuple[bytes, ...]) -> float:
    """Of CPU for the dialogue, as often as takes a while."""
    store = MemoryStore()
    store.add("ann", b"Subject: one\r\n\r\n" + b"x" * 70 * 72)
    users = Authenticator({"ann": "secret"})
    begun = time.process_time()
    for number in range(40):
        session = Session(number, users, store, timestamp="<1@x>", hooks=script)
        list(session.greeting())
        for octets in dialogue:
            for _ in session.feed(octets):
                pass
        session.session_ended("closed")
    return time.process_time() - begun


def main() -> int:
    """Print the time of each as a ratio to that without, median and spread of the rounds."""
    print(f"{'':24}" + "".join(f"{name:>34}" for name in _SCRIPTS if name != "without"))
    for title, dialogue in _DIALOGUES.items():
        ratios: dict[str, list[float]] = {name: [] for name in _SCRIPTS}
        for _ in range(_ROUNDS):
            spent = {name: _seconds(make(), dialogue) for name, make in _SCRIPTS.items()}
            for name, seconds in spent.items():
                ratios[name].append(seconds / spent["without"])
        shown = (sorted(some) for name, some in ratios.items() if name != "without")
        cells = [f"{median(some):.3f} ({some[2]:.3f}-{some[-3]:.3f})" for some in shown]
        print(f"{title:24}" + "".join(f"{cell:>34}" for cell in cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
