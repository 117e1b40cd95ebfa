"""What a client says on the wire counts in all cases."""

from pop3lab.cases.passive import with_others
from pop3lab.cases.verdict import verdict_of
from tests.cases.evidence import GOOD, case, evidence, run, session

WIRE = case(id="wire/leaving", passive=True, warn="no-quit")
LEFT = session(*GOOD.commands, violations=[("no-quit", "the client left without QUIT", 2)])


def test_a_violation_in_another_case_counts() -> None:
    other = verdict_of(evidence(run(sessions=[LEFT]), transcript="C: DELE 3\n(violation ...)\n"))
    own = verdict_of(evidence(of=WIRE))
    assert (own.verdict, other.verdict) == ("pass", "pass")
    verdicts = with_others([other, own])
    assert [each.verdict for each in verdicts] == ["pass", "warn"]
    assert verdicts[1].findings[0].text == (
        "the client left without QUIT (in test/case: C: DELE 3)"
    )


def test_it_does_not_count_where_the_server_misbehaves() -> None:
    bent = case(rules="*: bare-status")
    seen = run(sessions=[LEFT._replace(rules=[("bare-status", 1)])])
    other = verdict_of(evidence(seen, of=bent))
    assert with_others([verdict_of(evidence(of=WIRE)), other])[0].verdict == "pass"


def test_a_disturbed_case_does_not_count() -> None:
    other = verdict_of(evidence(run(sessions=[LEFT]), disturbed=True))
    own = verdict_of(evidence(of=WIRE))
    assert with_others([own, other])[0].verdict == "pass"


def test_what_was_shown_before_a_run_was_stopped_counts() -> None:
    own = verdict_of(evidence(of=WIRE))
    assert with_others([own], {"no-quit": "it left"})[0].findings[0].text == "it left"
