"""How findings become a verdict."""

from collections.abc import Iterator
from typing import Any

import pytest

from pop3lab.cases.case import Grade
from pop3lab.cases.catalogue import CASES
from pop3lab.cases.evidence import Evidence
from pop3lab.cases.judges.judge import Finding, finds
from pop3lab.cases.marked import Extent, Scan, marked, scan
from pop3lab.cases.treatment import TREATMENTS, is_same, learned
from pop3lab.cases.verdict import verdict_of
from tests.cases.evidence import (
    GOOD,
    TEXTS,
    TOKEN,
    case,
    command,
    delivered,
    evidence,
    fetched,
    run,
    session,
)

CUT = delivered(TEXTS[0], TEXTS[1][:900], TEXTS[2])


def test_no_finding_is_a_pass() -> None:
    verdict = verdict_of(evidence())
    assert (verdict.verdict, verdict.ending, verdict.findings) == ("pass", "quit", [])


def test_the_gravest_finding_decides_and_stands_first() -> None:
    verdict = verdict_of(evidence(run(delivered=CUT, output="\x1b")))
    assert verdict.verdict == "fail"
    assert [finding.id for finding in verdict.findings] == ["LOST", "PART", "RAW"]


def test_a_case_gives_a_finding_its_grade() -> None:
    for grade in ("fail", "warn", "info"):
        wrong = evidence(run(success=False), of=case(**{grade: "FAILED"}))
        assert verdict_of(wrong).verdict == grade
    assert verdict_of(evidence(run(success=False))).verdict == "pass"


def test_a_case_gives_a_violation_its_grade() -> None:
    wrong = run(sessions=[session(*GOOD.commands, violations=[("no-quit", "left", 8)])])
    verdict = verdict_of(evidence(wrong, of=case(warn="no-quit")))
    assert [(finding.id, finding.lines) for finding in verdict.findings] == [("no-quit", (7, 8))]
    assert verdict_of(evidence(wrong)).verdict == "pass"


@pytest.mark.parametrize(
    "name",
    [
        *("greeting/slow", "capa/eight-bit", "capa/many-lines", "list/stat-negative"),
        *("limits/bad-commands", "net/slow-first-byte", "syntax/long-513", "syntax/long-4k"),
    ],
)
def test_who_gives_up_and_says_so_is_warned_of(name: str) -> None:
    bent = session(command("USER ann"), command("STAT"), rules=[("bent", 1)])
    nothing: dict[str, Any] = {
        "delivered": [],
        "deleted": [],
        "sessions": [bent],
        "remaining": ["uid-1"],
    }
    assert verdict_of(evidence(run(success=False, **nothing), of=CASES[name])).verdict == "warn"
    assert verdict_of(evidence(run(**nothing), of=CASES[name])).verdict == "fail"


def test_who_drops_the_empty_line_more_before_the_dot_is_not_accused() -> None:
    sent = [fetched(n, text=text + b"\r\n") for n, text in enumerate(TEXTS, 1)]
    seen = run(sessions=[session(*sent, rules=[("extra-blank-line", 1)])])
    assert verdict_of(evidence(seen, of=CASES["retr/extra-blank"])).verdict == "info"


@pytest.mark.parametrize("name", ["retr/truncated-dot", "retr/wrong-message"])
def test_who_notices_what_no_client_can_know_is_told(name: str) -> None:
    bent = session(*GOOD.commands, rules=[("bent", 1)])
    seen = run(success=False, sessions=[bent]), run(delivered=[], deleted=[], before=[])
    verdict = verdict_of(evidence(*seen, of=CASES[name]))
    assert [finding.id for finding in verdict.findings] == ["FAILED"]
    assert verdict.verdict == "info"


def test_a_text_that_the_server_garbles_is_information() -> None:
    garbled = case(rules="*: bare-status", damages=True)
    bent = session(*GOOD.commands, rules=[("bare-status", 1)])
    assert verdict_of(evidence(run(delivered=CUT, sessions=[bent]), of=garbled)).verdict == "info"


def test_a_situation_that_did_not_come_about_is_not_judged() -> None:
    ruled = case(rules="*: bare-status", fail="FAILED")
    verdict = verdict_of(evidence(run(success=False), of=ruled))
    assert (verdict.verdict, verdict.findings) == ("not-reached", [])
    assert verdict_of(evidence(of=case(reached="RSET"))).verdict == "not-reached"
    assert verdict_of(evidence(of=case(reached="RETR 2"))).verdict == "pass"
    assert verdict_of(evidence(of=case(reached="RETR #"))).verdict == "pass"
    assert verdict_of(evidence(of=case(reached="QUIT #"))).verdict == "not-reached"


@finds("BARE", "something is wrong, and nothing shows it", grade=Grade.FAIL)
def bare(evidence: Evidence) -> Iterator[Finding]:
    yield Finding("something is wrong", 1)


def test_a_failure_that_nothing_shows_is_ours() -> None:
    verdict = verdict_of(evidence(), [bare])
    assert (verdict.verdict, verdict.reason) == ("unjudged", "pop3lab failed: nothing shows BARE")


def test_who_did_not_even_connect_is_shown_by_how_the_run_ended() -> None:
    verdict = verdict_of(evidence(run(success=False, exit="exit 1", sessions=[])), [bare])
    assert verdict.verdict == "fail"
    assert "; the run made no connection, and said failure (exit 1)" in str(verdict)


def test_what_is_true_in_any_case_is_judged_nevertheless() -> None:
    lost = evidence(run(delivered=[]), of=case(rules="*: bare-status"))
    assert [finding.id for finding in verdict_of(lost).findings] == ["LOST"] * 3


@pytest.mark.parametrize(
    ("reason", "close", "ending"),
    [
        ("quit", "closed", "quit"),
        ("fault", "closed", "closed"),
        ("reset", "reset", "reset"),
        ("stopped", "", "killed"),
    ],
)
def test_the_ending_is_that_of_the_last_session_with_a_login(
    reason: str, close: str, ending: str
) -> None:
    sessions = [session(end_reason=reason, client_close=close), session(user="")]
    assert verdict_of(evidence(run(sessions=sessions))).ending == ending


@pytest.mark.parametrize(("lines", "ids"), [(5, ["LOST", "PART"]), (1000, [])])
def test_what_top_has_shown_is_the_message_only_if_it_is_all_of_it(
    lines: int, ids: list[str]
) -> None:
    shown = b"".join(TEXTS[1].splitlines(keepends=True)[:lines])
    looked = fetched(2, text=shown)._replace(verb="TOP", line="TOP 2 1000")
    seen = run(
        delivered=delivered(shown), deleted=["uid-2"], sessions=[session(looked)], before=["uid-2"]
    )
    assert [finding.id for finding in verdict_of(evidence(seen)).findings] == ids


def test_marks_tell_how_much_of_a_message_there_is() -> None:
    text = marked(TOKEN, 2)
    assert scan(TOKEN, text) == Scan(2, Extent.WHOLE)
    assert scan(TOKEN, text[:-20]) == Scan(2, Extent.PART)
    assert scan(TOKEN, text[300:]) == Scan(2, Extent.PART)
    assert scan(TOKEN, text + marked(TOKEN, 3)) == Scan(2, Extent.MIXED)
    assert scan("00000000", text) == Scan(0, Extent.FOREIGN)


def test_an_empty_line_more_behind_a_header_alone_loses_nothing() -> None:
    """There is no last mark that would show that all is there."""
    header = TEXTS[0].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    commands = [GOOD.commands[0]._replace(text=header), GOOD.commands[1]]
    for text, lost in ((header + b"\r\n", []), (header[:60], ["LOST"])):
        seen = run(delivered=delivered(text), deleted=["uid-1"], sessions=[session(*commands)])
        findings = verdict_of(evidence(seen, stored={"uid-1": header})).findings
        assert [finding.id for finding in findings if finding.id == "LOST"] == lost


def test_messages_of_the_same_text_are_told_apart_by_their_number() -> None:
    same = {"a": TEXTS[0], "b": TEXTS[0]}
    commands = [
        command._replace(uid=uid, text=TEXTS[0])
        for uid, command in zip("ab", (GOOD.commands[0], GOOD.commands[2]), strict=True)
    ]
    for copies, lost in ((1, ["LOST"]), (2, [])):
        seen = run(
            delivered=delivered(*[TEXTS[0]] * copies),
            deleted=["a", "b"],
            before=["a", "b"],
            sessions=[session(*commands)],
        )
        findings = verdict_of(evidence(seen, stored=same)).findings
        assert [finding.id for finding in findings] == lost


@pytest.mark.parametrize("name", TREATMENTS)
def test_each_treatment_is_learned(name: str) -> None:
    sent = b"X-Pop3lab: 1\r\n\r\nFrom here\r\n"
    changed = {
        "writes LF for CRLF": sent.replace(b"\r\n", b"\n"),
        "changes the line ends behind the last line": sent + b"\r\n",
        "adds header fields before the first": b"Return-Path: <>\r\n" + sent,
        "quotes lines that begin with From": sent.replace(b"From", b">From"),
        "adds header fields of an mbox": sent.replace(
            b"\r\n\r\n", b"\r\nStatus: O\r\nX-UID: 1\r\n\r\n"
        ),
    }
    assert learned(sent, changed[name]) == (name,)
    assert learned(sent, sent) == ()
    assert learned(sent, sent.replace(b"here", b"there")) is None


@pytest.mark.parametrize(
    ("sent", "delivered_as", "same"),
    [
        (b"a\r\nb\r\n", b"a\nb\n", False),
        (b"a\nb\n", b"a\r\nb\r\n", True),
        (b"a\rb\r\n", b"a\r\nb\r\n", True),
        (b"a\rb\r\n", b"ab\r\n", False),
    ],
)
def test_line_ends_that_are_wrong_may_be_mended(
    sent: bytes, delivered_as: bytes, same: bool
) -> None:
    assert is_same(sent, delivered_as, ()) is same


@pytest.mark.parametrize(
    ("made_up", "delivered_as", "ids"),
    [
        (b"Subject: no body\r\n", b"Subject: no body\n\n", []),
        (b"", b"Subject: a message of nothing\n\n", []),
        (b"Subject: no body\r\n", b"Subject: no\n\n", ["LOST", "FORGED"]),
    ],
)
def test_a_text_that_a_rule_has_made_may_be_mended(
    made_up: bytes, delivered_as: bytes, ids: list[str]
) -> None:
    commands = [GOOD.commands[0], GOOD.commands[1]]
    sent = fetched(2, text=made_up)
    seen = run(
        delivered=delivered(TEXTS[0], delivered_as),
        deleted=["uid-1", "uid-2"],
        sessions=[session(*commands, sent)],
    )
    assert [finding.id for finding in verdict_of(evidence(seen)).findings] == ids
