"""What a client says on the wire counts in all cases, not only in those that look for it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from pop3lab.cases.evidence import unstamped
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.verdict import CaseVerdict, with_more

OnWire = Mapping[str, str]  # the text of a violation, by its id

NOTHING: OnWire = MappingProxyType({})


def with_others(verdicts: Sequence[CaseVerdict], earlier: OnWire = NOTHING) -> list[CaseVerdict]:
    """The verdicts, of which the passive ones count what runs by the book of others have shown.

    earlier: what other cases have shown before, in a run with the same client that was stopped.
    """
    by_case = {each.case.id: on_wire(each) for each in verdicts}
    return [
        _with_others(each, by_case, earlier) if each.case.passive else each for each in verdicts
    ]


def _with_others(
    verdict: CaseVerdict, by_case: Mapping[str, OnWire], earlier: OnWire
) -> CaseVerdict:
    if verdict.evidence is None:
        return verdict
    others = (said for case, said in by_case.items() if case != verdict.case.id)
    shown = first_of_each([earlier, *others])
    known = {finding.id for finding in verdict.findings}
    grades = verdict.case.grades
    more = [
        Finding(text, id=name, grade=grades[name])
        for name, text in shown.items()
        if name in grades and name not in known
    ]
    return with_more(verdict, more)


def first_of_each(all_: Iterable[OnWire]) -> OnWire:
    """Each violation, as it was shown first."""
    shown: dict[str, str] = {}
    for some in all_:
        for name, text in some.items():
            shown.setdefault(name, text)
    return shown


def on_wire(verdict: CaseVerdict) -> OnWire:
    """The first of each violation in runs by the book, with the line that decides.

    Nothing if a busy machine may have kept the client.
    """
    if verdict.evidence is None or verdict.evidence.disturbed:
        return NOTHING
    return first_of_each({name: text} for name, text in _violations(verdict))


def _violations(verdict: CaseVerdict) -> Iterator[tuple[str, str]]:
    evidence = verdict.evidence
    assert evidence
    lines = evidence.transcript.splitlines()
    for run, seen in enumerate(evidence.runs, 1):
        if verdict.case.is_by_the_book(run):
            for session in seen.sessions:
                for name, meaning, line in session.violations:
                    said = unstamped(lines[line - 2]) if 1 < line <= len(lines) else ""
                    yield name, f"{meaning} (in {verdict.case.id}: {said})"
