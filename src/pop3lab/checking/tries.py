"""A case is tried with a client, and tried again where a busy machine may have decided."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from pop3lab.cases.case import HIDES_PIPELINING, Case, Grade, JobTls
from pop3lab.cases.evidence import Calibration, unstamped
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.verdict import CaseVerdict, verdict_of, with_more
from pop3lab.checking.case_run import CaseRun, CheckSettings, NotApplicable
from pop3lab.clients.job import Client

_MOST = 3  # times that a case is tried
# Findings that no delay can make: a secret is out, or mail is gone that was to be kept.
_CERTAIN = ("CLEAR", "CREDENTIALS", "DELETED", "DIGEST", "ELSEWHERE", "INSTEAD", "SHOWN")
_LACKS: Mapping[JobTls, str] = {
    "": "the client can't fetch without TLS",
    "stls": "the client has no STLS",
    "implicit": "the client has no implicit TLS",
}


class Try(NamedTuple):
    """A verdict. disturbed: a busy machine may have made it."""

    verdict: CaseVerdict
    disturbed: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether the case must be tried again, alone: time decides nothing at once."""
        return self.disturbed and self.verdict.verdict not in ("pass", "not-applicable")


def decided(first: Try, again: Callable[[], Try]) -> CaseVerdict:
    """The verdict of the last try: the first one in which nobody was kept, or that passes.

    What is certain counts, whichever try has shown it.
    """
    tries = [first]
    while tries[-1].is_doubtful and len(tries) < _MOST:
        tries.append(again())
    verdict = tries[-1].verdict
    if len(tries) == 1:
        return verdict
    known = {finding.id for finding in verdict.findings}
    certain = {each.id: each for one in tries[:-1] for each in _certain(one.verdict)}
    more = [finding for name, finding in certain.items() if name not in known]
    words = tuple(one.verdict.verdict for one in tries)
    return replace(with_more(verdict, more), tries=words)


def _certain(verdict: CaseVerdict) -> Iterator[Finding]:
    """What an earlier try has shown for certain, with the line that decides."""
    lines = verdict.evidence.transcript.splitlines() if verdict.evidence else []
    for finding in verdict.findings:
        if finding.id in _CERTAIN:
            said = "; ".join(unstamped(lines[at - 1]) for at in finding.lines if at <= len(lines))
            text = f"{finding.text} (in an earlier try: {said})"
            yield Finding(text, finding.run, grade=finding.grade, id=finding.id)


def try_case(
    case: Case, client: Client, settings: CheckSettings, calibration: Calibration | None
) -> Try:
    """Try it once."""
    if calibration is None:
        return Try(CaseVerdict(case=case, verdict="not-applicable", reason=_lack(case)))
    wrong = calibration.wrong or (calibration.wrong_keep if case.operation == "keep" else "")
    if wrong:
        reason = f"calibration: {wrong}"
        return Try(CaseVerdict(case=case, verdict="unjudged", reason=reason))
    try:
        return _judged(case, client, settings, calibration)
    except NotApplicable:
        reason = "the client can't do this"
        return Try(CaseVerdict(case=case, verdict="not-applicable", reason=reason))
    except Exception as error:  # noqa: BLE001 - the other cases go on
        reason = f"pop3lab failed: {type(error).__name__}: {error}"
        return Try(CaseVerdict(case=case, verdict="unjudged", reason=reason))


def _judged(case: Case, client: Client, settings: CheckSettings, calibration: Calibration) -> Try:
    run = CaseRun(case, client, settings, calibration)
    verdict = verdict_of(run.evidence())
    if case.hides_pipelining and calibration.pipelines and verdict.is_judged:
        announced = replace(case, rules=_announced(case.rules))
        other = CaseRun(announced, client, settings, calibration)
        more = verdict_of(other.evidence()).findings
        verdict = with_more(verdict, [_informs(each) for each in more])
        decides = verdict.verdict == "info"  # what is graver, or nothing, does not depend on it
        return Try(verdict, run.disturbed or (other.disturbed and decides))
    return Try(verdict, run.disturbed)


def _announced(rules: str) -> str:
    """The rules without the one that hides PIPELINING."""
    return "; ".join(rule for rule in rules.split("; ") if not rule.endswith(HIDES_PIPELINING))


def _informs(finding: Finding) -> Finding:
    """Where commands are sent ahead, replies that are left out are nobody's mistake."""
    text = f"{finding.text}, where PIPELINING is announced"
    return Finding(text, finding.run, grade=Grade.INFO, id=finding.id)


def _lack(case: Case) -> str:
    return f"the client does not log in by {case.auth.upper()}" if case.auth else _LACKS[case.tls]
