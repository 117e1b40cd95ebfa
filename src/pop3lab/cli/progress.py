"""How far a check is: a bar on a terminal, or else a line for each group."""

import sys
from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from pop3lab.cases.case import Case
from pop3lab.report.results import CaseResult, group_of


class CaseProgress:
    """Shows each result, told by any thread, on stderr; a context manager."""

    def __init__(self, cases: Iterable[Case]) -> None:
        """cases: those that are to come."""
        self._left = Counter(case.group for case in cases)
        self._seen: dict[str, Counter[str]] = {group: Counter() for group in self._left}
        self._bar = _bar() if sys.stderr.isatty() else None
        self._task = self._bar.add_task("", total=self._left.total()) if self._bar else None

    def __enter__(self) -> "CaseProgress":
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, result: CaseResult) -> None:
        """One more is done."""
        group = group_of(result)
        self._left[group] -= 1
        self._seen[group][result["verdict"]] += 1
        if self._bar:
            self._bar.update(self._task, advance=1, description=result["id"])
        elif not self._left[group]:
            seen = self._seen[group]
            counts = ", ".join(f"{count} {word}" for word, count in sorted(seen.items()))
            sys.stderr.write(f"{group:<8}  {seen.total():3}  {counts}\n")


def _bar() -> Any:
    """A bar of rich; None without it."""
    try:
        progress = import_module("rich.progress")
        console = import_module("rich.console").Console(stderr=True)
    except ImportError:
        return None
    columns = (
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TextColumn("{task.description}"),
    )
    return progress.Progress(*columns, console=console, transient=True)
