"""A plugin for pytest: each behaviour is switched off in turn, and a test about it must fail then.

pytest -p tests.behaviours.switching_off tests/behaviours tests/effects tests/rules

Tests about it are those whose function, or parameters, have its name. They run in a process of
their own, forked for each behaviour, until one has failed.
"""

import inspect
import os
import re
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

import pytest
from _pytest.runner import runtestprotocol

from pop3lab.behaviours.catalogue import BEHAVIOURS
from pop3lab.core.hooks import Hooks
from pop3lab.rules.behaviour import Behaviour

SECONDS = 60  # that the tests of one behaviour may take: one that hangs has failed

# Which hold something else of all rows, whatever they do.
_OF_ALL = re.compile(
    r"test_(catalogue|satisfiable|conflicts|counts|conditions|coming_and_going)\.py"
)


class Off(Hooks):
    """By the book."""

    replies = sends = ()


def switched_off(row: Behaviour) -> Behaviour:
    """The row of a behaviour that does nothing."""
    return replace(row, factory=lambda server, **values: Off())


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of the tests themselves."""
    items = [_About.of(item) for item in session.items if not _of_all(item)]
    missing = []
    for row in BEHAVIOURS.values():
        name = re.compile(rf"(?<![\w-]){re.escape(row.name)}(?![\w-])")
        near = [about.item for about in items if name.search(about.words)]
        more = [about.item for about in items if name.search(about.module)]
        if not _fails(row, list(dict.fromkeys([*near, *more]))):
            missing.append(row.name)
    told = f"switched off {len(BEHAVIOURS)}, missed by no test {len(missing)}"
    session.config.get_terminal_writer().line(" ".join([told, *missing]))
    session.testsfailed = len(missing)
    return True


class _About(NamedTuple):
    """A test, the words of it alone, and those of all in its module."""

    item: pytest.Item
    words: str
    module: str

    @classmethod
    def of(cls, item: pytest.Item) -> "_About":
        known = cast(Any, item)
        given = known.callspec.params.values() if hasattr(known, "callspec") else ()
        texts = [one for one in given if isinstance(one, str)]
        words = "\n".join([item.name, inspect.getsource(known.function), *texts])
        return cls(item, words, item.path.read_text(encoding="utf-8"))


def _of_all(item: pytest.Item) -> bool:
    return _OF_ALL.search(str(item.path)) is not None


def _fails(row: Behaviour, items: Sequence[pytest.Item]) -> bool:
    """Whether one of them does, without the behaviour."""
    child = os.fork()
    if child == 0:
        signal.alarm(SECONDS)
        cast(dict[str, Behaviour], BEHAVIOURS)[row.name] = switched_off(row)
        os._exit(any(_failed(item) for item in items))
    _, status = os.waitpid(child, 0)
    return status != 0


def _failed(item: pytest.Item) -> bool:
    return any(report.failed for report in runtestprotocol(item, log=False, nextitem=None))
