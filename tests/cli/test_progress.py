"""How far a check is."""

import io
import sys

import pytest

from pop3lab.cases.catalogue import CASES
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.cli.progress import CaseProgress
from pop3lab.report.case_results import case_result

NAMES = ("basic/one-message", "basic/fetch-keep", "retr/cut-close")


class Stream(io.StringIO):
    """A stderr, which may be a terminal."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def shown(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> list[str]:
    """What stands there after each case."""
    stream = Stream(terminal=terminal)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    texts = []
    with CaseProgress([CASES[name] for name in NAMES]) as progress:
        for name in NAMES:
            progress.show(case_result(CaseVerdict(case=CASES[name], verdict="pass")))
            texts.append(stream.getvalue())
    return [*texts, stream.getvalue()]


def test_a_group_is_told_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, terminal=False) == [
        "",
        "basic       2  2 pass\n",
        "basic       2  2 pass\nretr        1  1 pass\n",
        "basic       2  2 pass\nretr        1  1 pass\n",
    ]


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    last = shown(monkeypatch, terminal=True)[-1]
    assert "3/3" in last
    assert "retr/cut-close" in last
    assert "2 pass" not in last


def test_a_terminal_without_the_library_for_bars_has_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    assert "basic       2  2 pass\n" in shown(monkeypatch, terminal=True)[-1]
