"""What a busy machine may have decided is tried again."""

from collections.abc import Iterator

import pytest

from pop3lab.cases.verdict import CaseVerdict, VerdictWord, verdict_of
from pop3lab.checking.tries import Try, decided
from tests.cases.evidence import case, command, evidence, run, session


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


def test_what_no_delay_can_make_counts_in_whichever_try_it_is_shown() -> None:
    """A password that was sent in clear was sent; a message that did not come may come."""
    sent = command("PASS ****", 1, secret=True)
    shown = evidence(
        run(sessions=[session(sent)], delivered=[], deleted=[]),
        of=case(tls="stls", fail="MISSING"),
        transcript="1 0.1 C: PASS ****\n",
    )
    passed = evidence(of=shown.case)
    later = Try(verdict_of(passed))
    verdict = decided(Try(verdict_of(shown), disturbed=True), lambda: later)
    assert (verdict.verdict, verdict.tries) == ("fail", ("fail", "pass"))
    [finding] = verdict.findings
    assert finding.id == "CLEAR"
    assert "(in an earlier try: C: PASS ****)" in finding.text
