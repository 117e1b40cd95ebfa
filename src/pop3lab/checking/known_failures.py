"""The tests of cases that are expected to fail, by a file of expected verdicts."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from pop3lab.checking.expected_verdicts import ExpectedVerdict, expected_of, read_expected
from pop3lab.checking.trial import CaseTrial

_Item = TypeVar("_Item")


def known_failures(path: str, items: Iterable[_Item]) -> Iterator[tuple[_Item, ExpectedVerdict]]:
    """Those of the items of pytest, each with what is known of its case. Raises ConfigError."""
    expected = read_expected(path)
    for item in items:
        callspec = getattr(item, "callspec", None)
        trial = callspec.params.get("case") if callspec else None
        if isinstance(trial, CaseTrial):
            row = expected_of(expected, trial.case.id, trial.case.number, "")
            if row and row.verdict in ("fail", "unjudged"):
                yield item, row
