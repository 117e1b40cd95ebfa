"""The verdict of a case: the gravest of the findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pop3lab.cases.case import Case, Grade
from pop3lab.cases.evidence import Evidence
from pop3lab.cases.judges.judge import Finding, Judge
from pop3lab.cases.judges.registry import JUDGES

VerdictWord = Literal["pass", "info", "warn", "fail", "not-applicable", "not-reached", "unjudged"]

WITHOUT_A_CONNECTION = "the run made no connection, and said"

_WORDS: Mapping[Grade, VerdictWord] = {
    Grade.INFO: "info",
    Grade.WARN: "warn",
    Grade.FAIL: "fail",
}


@dataclass(frozen=True, kw_only=True)
class CaseVerdict:
    """What a client has shown in a case.

    Attributes:
        case: The case.
        verdict: "pass", "info", "warn" or "fail"; or "not-applicable", "not-reached" or "unjudged".
        reason: Why there is no verdict; empty if there is one.
        findings: What counts, the gravest first.
        ending: How the last session with a login ended: "quit", "not-awaited", "closed", "reset" or
            "killed"; empty if there was none.
        evidence: What was seen; None if nothing was run.
        tries: The verdicts of all tries, if a busy machine may have made the first one; this one is
            the last.
    """

    case: Case
    verdict: VerdictWord
    reason: str = ""
    findings: Sequence[Finding] = ()
    ending: str = ""
    evidence: Evidence | None = None
    tries: tuple[VerdictWord, ...] = ()

    @property
    def is_judged(self) -> bool:
        """Whether it is of what the client did."""
        return self.verdict in _WORDS.values() or self.verdict == "pass"

    def details(self) -> list[str]:
        """Return each finding in a line, and below it the lines of the transcript that decide."""
        lines = self.evidence.transcript.splitlines() if self.evidence else []
        told: list[str] = []
        for finding in self.findings:
            told.append(str(finding))
            told += [f"  {lines[at - 1]}" for at in finding.lines if 0 < at <= len(lines)]
        return told

    def __str__(self) -> str:
        """The verdict, why there is none, and the details."""
        reason = f" ({self.reason})" if self.reason else ""
        head = f"{self.case.number} {self.case.id}: {self.verdict}{reason}"
        return "\n".join([head, *self.details()])


def verdict_of(evidence: Evidence, judges: Iterable[Judge] = JUDGES.values()) -> CaseVerdict:
    """Judge the evidence. A failure that nothing shows is a mistake of ours."""
    case = evidence.case
    reached = evidence.reached
    found = [
        finding
        for judge in judges
        if reached or judge.always
        for finding in _graded(evidence, judge)
    ]
    found += _violations(evidence) if reached else ()
    found = _gravest_first(_with_exit(evidence, finding) for finding in found)
    word = _word(found)
    reason = ""
    if bare := [each.id for each in found if _grade(each) is Grade.FAIL and not _shows(each)]:
        word, reason = "unjudged", f"pop3lab failed: nothing shows {bare[0]}"
    if not reached and word in ("pass", "info"):
        word, reason = "not-reached", "the client did not do what the situation is about"
    return CaseVerdict(
        case=case,
        verdict=word,
        reason=reason,
        findings=found,
        ending=_ending(evidence),
        evidence=evidence,
    )


def _with_exit(evidence: Evidence, finding: Finding) -> Finding:
    """What decides, where the client did not even connect: how the run ended."""
    run = evidence.runs[finding.run - 1] if finding.run else None
    if run is None or run.sessions or _shows(finding):
        return finding
    said = "success" if run.success else f"failure ({run.exit})"
    return finding._replace(text=f"{finding.text}; {WITHOUT_A_CONNECTION} {said}")


def _shows(finding: Finding) -> bool:
    """Whether anything decides that can be shown."""
    return bool(finding.lines or finding.file) or WITHOUT_A_CONNECTION in finding.text


def with_more(verdict: CaseVerdict, findings: Sequence[Finding]) -> CaseVerdict:
    """The verdict with more findings, if there are any."""
    if not findings:
        return verdict
    found = _gravest_first([*verdict.findings, *findings])
    return replace(verdict, verdict=_word(found), reason="", findings=found)


def _gravest_first(found: Iterable[Finding]) -> list[Finding]:
    return sorted(found, key=lambda finding: -_grade(finding).rank)


def _word(found: Sequence[Finding]) -> VerdictWord:
    """Of findings, the gravest first."""
    return _WORDS[_grade(found[0])] if found else "pass"


def _grade(finding: Finding) -> Grade:
    assert finding.grade, finding
    return finding.grade


def _graded(evidence: Evidence, judge: Judge) -> Iterator[Finding]:
    """What a judge has found, with the grade of the case, or else of the judge."""
    named = evidence.case.grades.get(judge.id)
    if named is None and judge.grade is None:
        return
    for finding in judge.look(evidence):
        grade = named or finding.grade or judge.grade
        if named and finding.grade and finding.grade.rank < named.rank:
            grade = finding.grade
        if evidence.case.damages and judge.of_text:
            grade = Grade.INFO
        yield finding._replace(id=judge.id, grade=grade)


def _violations(evidence: Evidence) -> Iterator[Finding]:
    """Those that the case names."""
    grades = evidence.case.grades
    for run, seen in enumerate(evidence.runs, 1):
        for session in seen.sessions:
            for name, meaning, line in session.violations:
                if grade := grades.get(name):
                    lines = (line - 1, line)
                    yield Finding(meaning, run, session.number, lines, grade=grade, id=name)


def _ending(evidence: Evidence) -> str:
    endings = [session.ending for run in evidence.runs for session in run.sessions if session.user]
    return endings[-1] if endings else ""
