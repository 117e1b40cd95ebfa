"""Cases that a person has a client meet."""

import threading
import time

import pytest

from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import CASES
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.by_hand import check_by_hand, port_of
from pop3lab.checking.case_run import CheckSettings
from pop3lab.cli.terminal import free_port
from pop3lab.clients.job import Job
from pop3lab.clients.person import Question, account_line
from tests.checking.mutant import mutant

ONE = CASES["basic/one-message"]


class Scripted:
    """A person who says what was written down; before the first question a client may work."""

    def __init__(self, *answers: str, port: int = 0, delete: bool = True) -> None:
        self.told = ""
        self.questions: list[str] = []
        self._answers = list(answers)
        self._port = port
        self._delete = delete

    def begin(self, case: Case, run: int, job: Job | None) -> None:
        self.told += case.situation + (account_line(job) if job else "")

    def ask(self, question: Question) -> str:
        self.questions.append(question.text)
        if self._port and question.kind == "get-mail":
            fetch(self._port, delete=self._delete)
        return self._answers.pop(0)


def fetch(port: int, *, delete: bool = True) -> None:
    job = Job(
        host="localhost", port=port, user="ann", password="pa55-sesame", timeout=30, delete=delete
    )
    list(mutant()(job))


def test_what_the_server_sees_needs_no_question() -> None:
    port = free_port()
    person = Scripted("", "n", "", port=port)
    report = check_by_hand(person, [ONE], CheckSettings(port=port))
    verdict = report[ONE.id]
    assert verdict.verdict == "fail"
    assert {finding.id for finding in verdict.findings} >= {"LOST"}
    assert len(person.questions) == 3


def test_what_is_seen_later_is_new_only_once() -> None:
    case = CASES["basic/arrives-between"]
    port = free_port()
    answers = ("", "n", "1 2 3", "", "", "n", "1 2 3 4", "")
    person = Scripted(*answers, port=port, delete=False)
    settings = CheckSettings(port=port, claims=("remembers",))
    verdict = check_by_hand(person, [case], settings)[case.id]
    assert verdict.verdict == "pass", verdict


def test_a_text_that_the_server_has_changed_is_seen_as_it_was_sent() -> None:
    port = free_port()
    person = Scripted("", "n", "1 2 3", "", port=port)
    verdict = check_by_hand(person, [CASES["data/dots"]], CheckSettings(port=port))["2.01"]
    assert verdict.verdict == "pass", verdict


def test_what_only_a_program_can_be_made_to_do_is_not_asked_of_a_person() -> None:
    cases = [CASES["delete/local-store-fails"], CASES["uidl/memory-lost"], CASES["uidl/killed"]]
    report = check_by_hand(Scripted(), cases, CheckSettings())
    assert report.counts == {"not-applicable": 3}


def test_a_case_can_be_skipped_and_all_of_it_left() -> None:
    told: list[CaseVerdict] = []
    person = Scripted("s", "q")
    cases = [ONE, CASES["data/dots"], CASES["retr/cut-close"]]
    check_by_hand(person, cases, CheckSettings(), on_verdict=told.append)
    assert [(verdict.case.id, verdict.verdict) for verdict in told] == [(ONE.id, "not-applicable")]


@pytest.mark.parametrize("answers", [("s",), ("", "s"), ("", "n", "s"), ("", "n", "1", "s")])
def test_a_case_can_be_skipped_at_each_question(answers: tuple[str, ...]) -> None:
    verdict = check_by_hand(Scripted(*answers), [ONE], CheckSettings())[ONE.id]
    assert (verdict.verdict, verdict.reason) == ("not-applicable", "it was skipped")


def test_a_client_that_is_still_busy_hangs() -> None:
    case = CASES["retr/stall"]
    person = Scripted("", "b", "", "")
    settings = CheckSettings(claims=("timeout",))
    verdict = check_by_hand(person, [case], settings)[case.id]
    assert verdict.evidence
    assert verdict.evidence.runs[0].ended == "hung"


def test_each_case_has_a_port_of_its_own_and_asks_when_the_client_was_there() -> None:
    cases = [ONE, CASES["basic/fetch-keep"]]
    assert [port_of(case) for case in cases] == [31_104, 31_102]
    nobody_comes = CASES["basic/fetch-delete"]
    told: list[CaseVerdict] = []
    done = threading.Event()

    def on_verdict(verdict: CaseVerdict) -> None:
        told.append(verdict)
        done.set()

    def work() -> None:
        come(port_of(cases[0]))
        done.wait()
        come(port_of(cases[1]))

    working = threading.Thread(target=work)
    working.start()
    person = Scripted("n", "1", "", "q")
    check_by_hand(
        person, [*cases, nobody_comes], CheckSettings(), ports=True, on_verdict=on_verdict
    )
    working.join()
    assert [(verdict.case, verdict.verdict) for verdict in told] == [(ONE, "pass")]


def come(port: int) -> None:
    """Fetch as soon as somebody listens."""
    for _ in range(1000):
        try:
            return fetch(port)
        except ConnectionRefusedError:
            time.sleep(0.01)
    raise AssertionError("nobody listens")
