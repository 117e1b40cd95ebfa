"""Cases that a person has a client meet: one after the other, or at a port each."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pop3lab.cases.case import Case
from pop3lab.cases.evidence import Delivered, Evidence
from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict, verdict_of
from pop3lab.checking.case_run import CaseRun, CheckSettings, NotApplicable
from pop3lab.checking.check import OnVerdict
from pop3lab.clients.person import Person, PersonClient, PersonLeft, Questioning

FIRST_PORT = 31_000  # of the port for each case


def check_by_hand(
    person: Person,
    cases: Sequence[Case],
    settings: CheckSettings,
    *,
    ports: bool = False,
    on_verdict: OnVerdict = lambda verdict: None,
) -> Report:
    """Try a client that a person works, until all cases are done or the person leaves.

    ports: all cases wait at once, each at a port of its own. Raises OSError.
    """
    questioning = Questioning()

    def tried(case: Case) -> CaseVerdict:
        at = replace(settings, port=port_of(case)) if ports else settings
        client = PersonClient(person, case, at.seed, waits=ports, questioning=questioning)
        verdict = _verdict(CaseRun(case, client, at))
        on_verdict(verdict)
        return verdict

    verdicts: list[CaseVerdict] = []
    with ThreadPoolExecutor(len(cases) if ports else 1) as pool:
        try:
            verdicts.extend(pool.map(tried, cases))
        except PersonLeft:
            pass
        finally:
            questioning.left.set()
            pool.shutdown(wait=False, cancel_futures=True)
    return Report(client=PersonClient.name, kind=PersonClient.kind, verdicts=verdicts)


def port_of(case: Case) -> int:
    """The port of a case that has one of its own."""
    group, _, number = case.number.partition(".")
    return FIRST_PORT + 100 * int(group) + int(number)


def _verdict(run: CaseRun) -> CaseVerdict:
    if run.case.hinders or run.case.halves:  # done to the client, or to what it stores
        reason = "it needs a program that pop3lab starts"
        return CaseVerdict(case=run.case, verdict="not-applicable", reason=reason)
    try:
        return verdict_of(_as_sent(run.evidence()))
    except NotApplicable:
        return CaseVerdict(case=run.case, verdict="not-applicable", reason="it was skipped")


def _as_sent(evidence: Evidence) -> Evidence:
    """With each message as it was sent that the person has seen whole.

    A person sees subjects: nobody can tell whether the octets are others.
    """
    runs = []
    for number, run in enumerate(evidence.runs, 1):
        sent = evidence.sent(number)
        seen = [_sent_for(each, evidence.stored, sent) for each in run.delivered]
        runs.append(replace(run, delivered=seen))
    return replace(evidence, runs=runs)


def _sent_for(
    seen: Delivered, stored: Mapping[str, bytes], sent: Mapping[str, Sequence[bytes]]
) -> Delivered:
    for uid, text in stored.items():
        if text == seen.octets and uid in sent:
            return seen._replace(octets=sent[uid][-1])
    return seen
