"""Each finding is there when it must be, and is not where it must not be."""

import pytest

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import Calibration, Evidence
from pop3lab.cases.judges.registry import JUDGES
from pop3lab.cases.verdict import verdict_of
from tests.cases.evidence import (
    GOOD,
    STORED,
    TEXTS,
    case,
    command,
    delivered,
    evidence,
    fetched,
    found,
    run,
    session,
)

CUT = TEXTS[1][:900]
ALTERED = TEXTS[1].replace(b"long", b"wrong")
TLS = case(tls="stls")
SILENT = case(rules="1: RETR 2 -> close", fail="SILENT")
BENT = session(*GOOD.commands, rules=[("RETR 2 -> close", 12)])
LOGIN = command("PASS ****", 5, secret=True)
KEEP = case(operation="keep")
BENT_CASE = case(rules="*: bare-status")
ONE_FOR_NO_MAIL = Calibration(nothing="1")
ANSWER = LOGIN._replace(verb="", line="****")
REFUSED = LOGIN._replace(status="-ERR")
BOUND = case(auth="scram-sha-256")
ONE_ROUND = case(rules="1: scram-bad-final kind=iterations iterations=1")
RULE = [("bare-status", 1)]

WRONG: dict[str, Evidence] = {
    "LOST": evidence(run(delivered=delivered(TEXTS[0], TEXTS[2]))),
    "PART": evidence(run(delivered=delivered(TEXTS[0], CUT, TEXTS[2]))),
    "ALTERED": evidence(run(delivered=delivered(TEXTS[0], ALTERED, TEXTS[2]))),
    "UNENDED": evidence(
        run(delivered=delivered(TEXTS[1]), sessions=[session(fetched(2)._replace(whole=False))])
    ),
    "CUT-AT-NUL": evidence(
        run(delivered=delivered(ALTERED), sessions=[session(fetched(2, text=b"a\0b c\r\n"))])
    ),
    "FORGED": evidence(run(delivered=delivered(*TEXTS, b""))),
    "TWICE": evidence(run(delivered=delivered(*TEXTS, TEXTS[1])), claims=["remembers"]),
    "STUCK": evidence(
        run(delivered=delivered(TEXTS[0]), deleted=["uid-1"]),
        run(delivered=[], sessions=[], before=["uid-2", "uid-3"], deleted=[]),
    ),
    "MISSING": evidence(run(delivered=delivered(*TEXTS[:2]), deleted=[])),
    "SKIPPED": evidence(
        run(delivered=delivered(*TEXTS[:2]), deleted=[]), of=case(concerned=frozenset({3}))
    ),
    "UNDELETED": evidence(run(remaining=["uid-2"])),
    "DELETED": evidence(of=KEEP),
    "GONE": evidence(run(), run(delivered=[], gone=["0002"])),
    "EARLY": evidence(run(sessions=[session(violations=[("dele-of-incomplete", "m", 7)])])),
    "DESYNC": evidence(
        run(sessions=[session(fetched(2, status="-ERR", text=None), command("DELE 2"))])
    ),
    "STORM": evidence(run(sessions=[GOOD] * 6)),
    "INJECTED": evidence(
        run(sessions=[session(command("CAPA", status="", tls=True), command("USER", tls=True))])
    ),
    "CREDENTIALS": evidence(run(sessions=[session(LOGIN)]), of=BENT_CASE),
    "SKIPS-STLS": evidence(run(sessions=[session(command("STAT"))]), of=TLS),
    "AGAIN": evidence(run(sessions=[session(REFUSED, LOGIN._replace(at=9))]), of=BENT_CASE),
    "PARALLEL": evidence(
        run(
            sessions=[
                session(REFUSED, opened=1.0, ended=3.0),
                session(REFUSED, opened=2.0, ended=4.0),
            ]
        )
    ),
    "WENT-ON": evidence(run(sessions=[session(LOGIN, command("STAT"), rules=RULE)]), of=BENT_CASE),
    "DIGEST": evidence(run(sessions=[session(command("APOP ****"))]), of=BENT_CASE),
    "INSTEAD": evidence(run(sessions=[session(command("AUTH PLAIN ****"))]), of=BOUND),
    "ECHOES": evidence(run(sessions=[session(LOGIN, LOGIN, LOGIN)])),
    "WEAK": evidence(
        run(sessions=[session(command("AUTH SCRAM-SHA-256 ****", status="+"), ANSWER)]),
        of=ONE_ROUND,
    ),
    "UNBOUND": evidence(run(sessions=[session(mechanism="SCRAM-SHA-256")]), of=BOUND),
    "ANSWERS": evidence(
        run(sessions=[session(command("AUTH CRAM-MD5"), ANSWER, rules=RULE)]), of=BENT_CASE
    ),
    "ELSEWHERE": evidence(run(elsewhere=1)),
    "UNLISTED": evidence(
        run(sessions=[session(fetched(2))]), of=case(concerned=frozenset({2}), runs=1)
    ),
    "FIGURES": evidence(run(rss=5 << 20)),
    "HANG": evidence(run(success=False, ended="hung"), claims=["timeout"]),
    "SPIN": evidence(run(cpu_after=1.5)),
    "STOPPED": evidence(run(success=False, ended="stopped")),
    "CRASH": evidence(run(success=False, crashed=True, exit="SIGSEGV")),
    "GREW": evidence(run(printed=2 << 20)),
    "STRAY": evidence(run(files=["/tmp/strange"])),
    "SILENT": evidence(
        run(sessions=[BENT], delivered=[], deleted=[], remaining=["uid-1"]), of=SILENT
    ),
    "FAILED": evidence(run(success=False, exit="1")),
    "NO-MAIL": evidence(run(success=False, exit="1"), of=case(rules="*: list-empty")),
    "PW": evidence(
        run(success=False, exit="3"),
        of=BENT_CASE,
        calibration=Calibration(password="3", refused="2"),
    ),
    "RAW": evidence(run(output="\x1b[31mred")),
    "SHOWN": evidence(run(output="PASS sesame"), secrets=["sesame"]),
    "CLEAR": evidence(run(sessions=[session(LOGIN)]), of=TLS),
}

# Near to what is wrong, and right.
RIGHT: dict[str, list[Evidence]] = {
    "LOST": [evidence(), evidence(run(delivered=delivered(TEXTS[0], ALTERED, TEXTS[2])))],
    "PART": [evidence(run(delivered=delivered(CUT)), run(delivered=[], gone=["0001"]))],
    "ALTERED": [
        evidence(
            run(delivered=delivered(*(text.replace(b"\r\n", b"\n") for text in TEXTS))),
            calibration=Calibration(does=("writes LF for CRLF",)),
        )
    ],
    "UNENDED": [
        evidence(run(delivered=delivered(CUT), sessions=[session(fetched(2, text=CUT))])),
    ],
    "CUT-AT-NUL": [
        evidence(
            run(
                delivered=delivered(ALTERED + b"ab c\r\n"),
                sessions=[session(fetched(2, text=b"a\0b c\r\n"))],
            )
        )
    ],
    "TWICE": [
        evidence(run(delivered=delivered(*TEXTS, TEXTS[1]))),
        evidence(
            run(delivered=delivered(*TEXTS, TEXTS[1])), of=case(copies=2), claims=["remembers"]
        ),
    ],
    "STUCK": [
        evidence(run(success=False, delivered=[], deleted=[], sessions=[]), run(), of=case(runs=2)),
        evidence(run(ended="hung", delivered=[], deleted=[]), of=case(runs=2)),
    ],
    "MISSING": [evidence(run(delivered=[], deleted=[]), of=case(concerned=frozenset({1, 2, 3})))],
    "UNDELETED": [evidence(run(remaining=["uid-2"], delivered=[])), evidence(run(), of=KEEP)],
    "GONE": [evidence(run(delivered=delivered(CUT)), run(delivered=[], gone=["0001"]))],
    "EARLY": [evidence(run(sessions=[session(fetched(1), command("DELE 1"))]))],
    "DESYNC": [
        evidence(
            run(
                sessions=[
                    session(fetched(2, status="-ERR", text=None), fetched(2), command("DELE 2"))
                ]
            )
        )
    ],
    "STORM": [
        evidence(run(sessions=[GOOD] * 5)),
        evidence(run(sessions=[GOOD] * 3), of=case(connections=3)),
    ],
    "INJECTED": [
        evidence(run(sessions=[session(command("CAPA", status="", tls=True))])),
        evidence(
            run(sessions=[session(command("CAPA", status="", tls=True), command("QUIT", tls=True))])
        ),
        evidence(run(sessions=[session(command("CAPA", tls=True), command("USER", tls=True))])),
    ],
    "CREDENTIALS": [evidence(run(sessions=[session(LOGIN)]))],
    "SKIPS-STLS": [evidence(run(sessions=[session(command("STAT", tls=True))]), of=TLS)],
    "AGAIN": [
        evidence(run(sessions=[session(REFUSED)]), run(sessions=[session(LOGIN)]), of=BENT_CASE),
        evidence(run(sessions=[session(REFUSED, LOGIN._replace(at=9))])),
    ],
    "PARALLEL": [
        evidence(
            run(
                sessions=[
                    session(REFUSED, opened=1.0, ended=2.0),
                    session(REFUSED, opened=2.0, ended=4.0),
                ]
            )
        )
    ],
    "WENT-ON": [
        evidence(run(sessions=[session(LOGIN, command("QUIT"), rules=RULE)]), of=BENT_CASE)
    ],
    "INSTEAD": [
        evidence(run(sessions=[session(command("AUTH PLAIN ****"))]), of=case(auth="plain")),
        evidence(run(sessions=[session(command("AUTH SCRAM-SHA-1"))]), of=BOUND),
        evidence(run(sessions=[session(LOGIN)])),
    ],
    "ECHOES": [evidence(run(sessions=[session(LOGIN, LOGIN)]))],
    "WEAK": [
        evidence(
            run(sessions=[session(command("AUTH SCRAM-SHA-256", status="+"), ANSWER)]),
            of=ONE_ROUND,
        ),
        evidence(
            run(sessions=[session(command("AUTH SCRAM-SHA-256 ****", status="+"), ANSWER)]),
            of=case(rules="1: scram-bad-final kind=iterations iterations=100000"),
        ),
    ],
    "UNBOUND": [evidence(run(sessions=[session(mechanism="SCRAM-SHA-256-PLUS")]), of=BOUND)],
    "ANSWERS": [
        evidence(
            run(sessions=[session(ANSWER._replace(line=line), rules=RULE)]),
            of=BENT_CASE,
        )
        for line in ("*", "QUIT")
    ],
    "UNLISTED": [evidence(run(sessions=[session(fetched(1))]), of=case(concerned=frozenset({2})))],
    "SPIN": [evidence(run(cpu=5.0, cpu_after=0.5))],
    "GREW": [evidence(run(printed=1000))],
    "SILENT": [
        evidence(run(success=False, sessions=[BENT], delivered=[], deleted=[]), of=SILENT),
        evidence(run(sessions=[BENT]), of=SILENT),
    ],
    "FAILED": [
        evidence(run(success=False, ended="hung")),
        evidence(run(), run(success=False, exit="1", before=()), calibration=ONE_FOR_NO_MAIL),
        evidence(
            run(success=False, exit="1"),
            of=case(rules="1: list-empty"),
            calibration=ONE_FOR_NO_MAIL,
        ),
    ],
    "NO-MAIL": [evidence(run(success=False, exit="1"))],
    "PW": [
        evidence(
            run(success=False, exit="3"),
            of=BENT_CASE,
            calibration=Calibration(password="3", refused="3"),
        )
    ],
    "RAW": [
        evidence(run(output="three\r\n\tmessages")),
        evidence(
            run(output="\x1b[1mnew\x1b[0m"),
            calibration=Calibration(lines=frozenset({"\x1b[0mthree\x1b[0m"})),
        ),
    ],
    "CLEAR": [evidence(run(sessions=[session(LOGIN._replace(tls=True))]), of=TLS)],
}


@pytest.mark.parametrize("name", JUDGES)
def test_a_finding_is_there(name: str) -> None:
    findings = found(name, WRONG[name])
    assert findings
    assert all(finding.text and finding.run for finding in findings)


INFORM = ("FIGURES", "UNBOUND")  # of any client, or of any that logs in by a password


@pytest.mark.parametrize("name", [name for name in JUDGES if name not in INFORM])
def test_a_client_by_the_book_has_none(name: str) -> None:
    assert found(name, evidence()) == []


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name in RIGHT for place in range(len(RIGHT[name]))]
)
def test_what_is_near_is_none(name: str, place: int) -> None:
    assert found(name, RIGHT[name][place]) == []


@pytest.mark.parametrize("name", ["PART", "FORGED"])
def test_a_run_that_says_failure_is_excused(name: str) -> None:
    wrong = evidence(run(success=False, delivered=delivered(CUT, b"")))
    assert [finding.grade for finding in found(name, wrong)] == [Grade.WARN]


def test_a_dele_that_comes_with_its_retr_is_a_warning() -> None:
    together = session(fetched(1, 4), command("DELE 1", 5, early=True))
    finding = found("EARLY", evidence(run(sessions=[together])))[0]
    assert (finding.grade, finding.lines) == (Grade.WARN, (4, 5))


def test_who_goes_on_for_ever_with_a_server_by_the_book_is_warned_of() -> None:
    for of, word in ((case(), "warn"), (BENT_CASE, "info")):
        bent = session(*GOOD.commands, rules=RULE)
        seen = evidence(run(success=False, ended="stopped", sessions=[bent]), of=of)
        assert verdict_of(seen).verdict == word


def test_a_run_where_only_pipelining_is_hidden_is_by_the_book() -> None:
    """Whoever stays stuck behind a run with a missing reply is stuck there, too."""
    rules = "*: capa-understates PIPELINING; 1: RETR 2 -> retr-no-reply"
    of = case(rules=rules, runs=2)
    assert [of.is_by_the_book(number) for number in (1, 2)] == [False, True]
    nothing = run(delivered=[], deleted=[])
    assert len(found("STUCK", evidence(nothing, nothing, of=of))) == len(STORED)


def test_a_hang_is_information_without_the_claim() -> None:
    assert found("HANG", evidence(run(ended="hung")))[0].grade is Grade.INFO


def test_going_on_after_a_refused_login_is_a_contradiction() -> None:
    going_on = session(LOGIN._replace(status="-ERR"), command("STAT"))
    assert found("DESYNC", evidence(run(sessions=[going_on])))


def test_going_on_after_a_refused_response_is_a_contradiction() -> None:
    """+OK came in place of the challenge; what the client took for a session was an exchange."""
    going_on = session(command("AUTH CRAM-MD5"), ANSWER._replace(status="-ERR"), command("UIDL"))
    assert found("DESYNC", evidence(run(sessions=[going_on])))


def test_a_command_that_came_early_excuses_only_who_may_pipeline() -> None:
    ahead = session(LOGIN._replace(status="-ERR"), command("STAT", early=True))
    assert not found("DESYNC", evidence(run(sessions=[ahead])))
    alone = case(rules="*: capa-understates PIPELINING")
    assert found("DESYNC", evidence(run(sessions=[ahead]), of=alone))


def test_a_text_that_was_not_kept_is_held_against_the_stored_one() -> None:
    """So much was sent that nobody knows it any more; nobody is accused for that."""
    unkept = [fetched(n)._replace(text=None, kept=False) for n in (1, 2, 3)]
    seen = run(sessions=[session(*unkept)])
    assert [copy.uid for copy in evidence(seen).copies] == list(STORED)
    odd = run(sessions=[session(*unkept)], delivered=delivered(ALTERED))
    assert not found("ALTERED", evidence(odd))
    assert found("ALTERED", evidence(run(delivered=delivered(ALTERED))))


def test_a_storm_names_its_last_session() -> None:
    finding = found("STORM", evidence(run(sessions=[GOOD] * 6)))[0]
    assert (finding.session, finding.lines) == (1, (99,))


def test_logins_that_are_refused_in_a_row_are_a_storm() -> None:
    refused = session(*[LOGIN._replace(status="-ERR")] * 4)
    assert found("STORM", evidence(run(sessions=[refused])))


def test_much_memory_is_growth() -> None:
    assert found("GREW", evidence(run(rss=300 << 20)))


def test_silence_is_less_grave_where_something_new_is_printed() -> None:
    silent = run(sessions=[BENT], delivered=[], output="message 7 is broken")
    assert found("SILENT", evidence(silent, of=SILENT))[0].grade is Grade.WARN
    known = Calibration(lines=frozenset({"message 0 is broken"}))
    assert found("SILENT", evidence(silent, of=SILENT, calibration=known))[0].grade is None
