"""What a client says on the wire counts in all cases, not only in those that look for it."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.verdict import CaseVerdict, with_more


def with_others(
    verdicts: Sequence[CaseVerdict], disturbed: Collection[str] = ()
) -> list[CaseVerdict]:
    """The verdicts, of which the passive ones count what runs by the book of others have shown.

    disturbed: the ids of cases in which a busy machine may have kept the client.
    """
    others = [each for each in verdicts if each.case.id not in disturbed]
    return [_with_others(each, others) if each.case.passive else each for each in verdicts]


def _with_others(verdict: CaseVerdict, all_: Iterable[CaseVerdict]) -> CaseVerdict:
    if verdict.evidence is None:
        return verdict
    known = {finding.id for finding in verdict.findings}
    more: dict[str, Finding] = {}
    for other in all_:
        for finding in _violations(other) if other.case is not verdict.case else ():
            if finding.id in verdict.case.grades and finding.id not in known:
                more.setdefault(finding.id, finding)
    grades = verdict.case.grades
    graded = [finding._replace(grade=grades[finding.id]) for finding in more.values()]
    return with_more(verdict, graded) if graded else verdict


def _violations(verdict: CaseVerdict) -> Iterator[Finding]:
    """Of runs by the book, each with the line that decides."""
    evidence = verdict.evidence
    if evidence is None:
        return
    lines = evidence.transcript.splitlines()
    for run, seen in enumerate(evidence.runs, 1):
        if verdict.case.is_by_the_book(run):
            for session in seen.sessions:
                for name, meaning, line in session.violations:
                    said = lines[line - 2].strip() if 1 < line <= len(lines) else ""
                    text = f"{meaning} (in {verdict.case.id}: {said})"
                    yield Finding(text, id=name)
