"""What a busy machine may have decided is tried again."""

from collections.abc import Iterator

import pytest

from pop3lab.cases.verdict import CaseVerdict, VerdictWord
from pop3lab.checking.tries import Try, decided
from tests.cases.evidence import case


def tries(*told: tuple[VerdictWord, bool]) -> Iterator[Try]:
    for word, disturbed in told:
        yield Try(CaseVerdict(case=case(), verdict=word), disturbed)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([("fail", False)], ["fail"]),
        ([("pass", True)], ["pass"]),
        ([("fail", True), ("pass", True)], ["fail", "pass"]),
        ([("fail", True), ("warn", False)], ["fail", "warn"]),
        ([("fail", True), ("fail", True), ("fail", True)], ["fail", "fail", "fail"]),
    ],
)
def test_the_last_try_counts_and_all_are_told(
    told: list[tuple[VerdictWord, bool]], words: list[str]
) -> None:
    all_ = tries(*told)
    verdict = decided(next(all_), lambda: next(all_))
    assert verdict.verdict == words[-1]
    assert list(verdict.tries or [verdict.verdict]) == words
    assert not list(all_)
