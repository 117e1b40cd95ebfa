"""check: what becomes of clients that can't be judged, hang, or can't do a job."""

import socket
import threading
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

import pytest

from pop3lab.cases.case import Grade
from pop3lab.cases.catalogue import CASES, select
from pop3lab.cases.marked import marked, token_of
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.case_run import CRAWLING, CheckSettings
from pop3lab.checking.check import check, check_client
from pop3lab.clients.function import FunctionClient
from pop3lab.clients.job import Job
from pop3lab.core.errors import ConfigError
from tests.checking.mutant import mutant

careful = mutant()


def only_deletes(job: Job) -> Iterator[bytes]:
    if not job.delete:
        raise NotImplementedError
    yield from careful(job)


def only_keeps(job: Job) -> Iterator[bytes]:
    if job.delete:
        raise NotImplementedError
    yield from careful(job)


def nothing(job: Job) -> Iterator[bytes]:
    return iter(())


def rot13(job: Job) -> Iterator[bytes]:
    for message in careful(job):
        yield message.swapcase()


def all_at_once(job: Job) -> list[bytes]:
    return list(careful(job))


def waits_for_ever(job: Job) -> Iterator[bytes]:
    if job.state.setdefault("runs", 0):
        yield from careful(job)
    connection = socket.create_connection((job.host, job.port))
    with connection:
        while connection.recv(1000):
            pass
    raise OSError("the connection was closed")


def leaves_at_nonsense(job: Job) -> Iterator[bytes]:
    with socket.create_connection((job.host, job.port)) as connection:
        lines = connection.makefile("rwb", buffering=0)
        lines.readline()
        lines.write(b"AUTH CRAM-MD5\r\n")
        challenge = lines.readline()[2:].strip()
        try:
            b64decode(challenge, validate=True)
        except ValueError:
            lines.write(b"QUIT\r\n")
            lines.readline()
            raise
    yield from careful(job)


def test_who_leaves_an_exchange_by_quit_has_answered_nothing() -> None:
    verdict = check(leaves_at_nonsense, "sasl/bad-base64")["6.16"]
    assert verdict.verdict == "pass", verdict


def test_a_job_that_a_client_can_not_do_is_not_applicable() -> None:
    report = check(only_deletes, ["basic/fetch-keep", "basic/one-message"])
    assert report.counts == {"not-applicable": 1, "pass": 1}
    assert report["1.02"].reason == "the client can't do this"


def test_a_client_that_can_only_keep_is_judged_where_it_keeps() -> None:
    report = check(only_keeps, ["basic/fetch-keep", "basic/one-message"])
    assert [verdict.verdict for verdict in report.verdicts] == ["pass", "not-applicable"]
    assert report["1.04"].reason == "the client can't do this"


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (nothing, "calibration: it delivered 0 of 3 messages"),
        (rot13, "calibration: what it delivers is not what it was sent"),
        (waits_for_ever, "calibration: it does not end with a server by the book"),
    ],
)
def test_who_fails_with_a_server_by_the_book_is_not_judged(client: object, reason: str) -> None:
    verdict = check(client, "basic/one-message", timeout=0.1)["1.04"]  # type: ignore[arg-type]
    assert (verdict.verdict, verdict.reason) == ("unjudged", reason)


def says_no_mail(job: Job) -> Iterator[bytes]:
    """As some programs do: nothing went wrong, and there was nothing to fetch."""
    some = False
    for message in careful(job):
        some = True
        yield message
    if not some:
        raise EOFError("no mail")


def test_a_status_for_an_empty_maildrop_is_learned_and_held_against_nobody() -> None:
    report = check(says_no_mail, ["basic/fetch-delete", "basic/empty-maildrop"])
    assert [verdict.verdict for verdict in report.verdicts] == ["pass", "warn"]
    assert report["1.03"].findings[0].id == "NO-MAIL"


def keeps_only_two(job: Job) -> Iterator[bytes]:
    for place, message in enumerate(careful(job)):
        if job.delete or place < 2:
            yield message


def test_who_can_not_keep_by_the_book_is_judged_where_it_deletes() -> None:
    report = check(keeps_only_two, ["basic/fetch-keep", "basic/one-message"])
    assert report["1.02"].reason == "calibration: it delivered 2 of 3 messages"
    assert [verdict.verdict for verdict in report.verdicts] == ["unjudged", "pass"]


def test_what_hides_pipelining_is_not_the_situation() -> None:
    report = check(mutant("top-for-text"), "retr/no-reply")
    assert report["retr/no-reply"].verdict == "not-reached"


def test_who_pipelines_is_tried_where_that_is_announced_too_for_information() -> None:
    """Replies that are left out there are no measure of a client that has sent more ahead."""
    for defects, more in ((["pipelines"], 1), ([], 0)):
        verdict = check(mutant("success-always", *defects), "retr/ok-then-err")["11.13"]
        announced = [each for each in verdict.findings if "PIPELINING" in each.text]
        assert [each.grade for each in announced] == [Grade.INFO] * more
        assert verdict.verdict == "fail"


@pytest.mark.parametrize("defect", ["", "leaves-only-one"])
def test_small_packets_change_no_verdict(defect: str) -> None:
    """Here of one case, which is as it is without a rule; make soak tries all."""
    client = FunctionClient(mutant(*filter(None, [defect])))
    case = CASES["basic/one-message"]
    whole, sliced = (
        check_client(client, [case], CheckSettings(timeout=1.0, slice=octets))[case.id]
        for octets in (0, 1)
    )
    assert whole.verdict == sliced.verdict == ("fail" if defect else "pass")
    assert sliced.evidence
    assert "dribble" in sliced.evidence.transcript


@pytest.mark.soak
def test_small_packets_change_no_verdict_anywhere() -> None:
    client = FunctionClient(careful)
    cases = [case for case in select(["*"]) if not case.killed]
    whole, sliced = (
        check_client(client, cases, CheckSettings(claims=("remembers", "timeout"), slice=octets))
        for octets in (0, 1)
    )
    words = [[(each.case.id, each.verdict) for each in one.verdicts] for one in (whole, sliced)]
    assert words[0] == words[1]


def test_a_client_that_hangs_is_let_go() -> None:
    report = check(mutant("no-timeout"), "retr/stall", claims=["timeout"], timeout=0.1)
    verdict = report["retr/stall"]
    assert verdict.evidence
    assert [run.ended for run in verdict.evidence.runs] == ["hung"]
    assert [finding.id for finding in verdict.findings] == ["HANG"]
    assert not any(thread.name == "pop3lab client" for thread in threading.enumerate())


def test_a_list_can_not_be_told_that_the_disk_is_full() -> None:
    report = check(all_at_once, ["delete/local-store-fails", "basic/one-message"])
    assert [verdict.verdict for verdict in report.verdicts] == ["pass", "not-applicable"]


def test_a_finding_names_the_lines_that_decide() -> None:
    verdict = check(mutant("dele-despite-err"), "retr/err-one")["retr/err-one"]
    finding = next(finding for finding in verdict.findings if finding.id == "DESYNC")
    assert verdict.evidence
    lines = verdict.evidence.transcript.splitlines()
    assert [lines[line - 1].split(None, 2)[2] for line in finding.lines] == [
        "C: RETR 2",
        "C: DELE 2",
    ]


def test_each_verdict_is_told_when_it_is_known() -> None:
    told: list[CaseVerdict] = []
    cases = [CASES["basic/one-message"], CASES["retr/cut-close"]]
    client = FunctionClient(careful)
    report = check_client(client, cases, CheckSettings(), jobs=2, on_verdict=told.append)
    assert {verdict.case.id for verdict in told} == {case.id for case in cases}
    assert [verdict.case for verdict in report.verdicts] == cases


def test_secrets_are_in_no_transcript() -> None:
    verdict = check(careful, "basic/wrong-password")["1.07"]
    assert verdict.evidence
    assert not any(secret in verdict.evidence.transcript for secret in verdict.evidence.secrets)


def test_a_message_that_crawls_takes_longer_than_the_client_waits_for_a_line() -> None:
    assert "{crawl}" in CASES["net/dribble"].rules
    assert marked(token_of("net/dribble", 1), 2).count(b"\n") > 1.4 * CRAWLING


def test_an_unknown_case_is_an_error() -> None:
    with pytest.raises(ConfigError, match="no case"):
        check(careful, "retr/nothing")


def test_the_report_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    check(careful, "basic/one-message", out=tmp_path / "report")
    assert "1 case, and no mistake was found." in (tmp_path / "report" / "index.html").read_text()
    assert (tmp_path / "report" / "cases" / "basic-one-message.txt").read_text().count("RETR 1")
