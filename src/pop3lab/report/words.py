"""The report in words: on a terminal, in Markdown, and as a page of text for each case."""

from collections.abc import Iterator

from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict, VerdictWord

# From good to bad; those behind pass and info are told of in a line each.
ORDER: tuple[VerdictWord, ...] = (
    *("pass", "info", "warn", "fail"),
    *("not-applicable", "not-reached", "unjudged"),
)


def is_bad(verdict: CaseVerdict, *, strict: bool) -> bool:
    """Whether it makes the whole report fail. strict: warnings do, too."""
    return verdict.verdict == "fail" or (strict and verdict.verdict == "warn")


def overview_text(report: Report, *, verbose: bool = False) -> str:
    """What a terminal shows. verbose: each finding, and the lines that decide."""
    return "".join(f"{line}\n" for line in _overview(report, verbose=verbose))


def _overview(report: Report, *, verbose: bool) -> Iterator[str]:
    for tls, learned in report.calibrations.items():
        if learned.wrong:
            under = f" under {tls}" if tls else ""
            yield f"calibration{under}: {learned.wrong}"
    for verdict in report.of("warn", "fail"):
        first = verdict.findings[0]
        yield f"{verdict.verdict}  {verdict.case.number} {verdict.case.id}: {first.text}"
        yield from map(_indented, verdict.details()) if verbose else ()
    yield counts_line(report)


def _indented(line: str) -> str:
    return f"      {line}"


def counts_line(report: Report) -> str:
    """How many cases there are of each verdict, in one line."""
    counts = report.counts
    return ", ".join(f"{counts[word]} {word}" for word in ORDER if counts[word])


def summary_markdown(report: Report) -> str:
    """A summary for the page of a build."""
    version = f" {report.version}" if report.version else ""
    text = f"## {report.client}{version}\n\n{counts_line(report)}\n"
    bad = report.of("fail", "warn", "unjudged")
    if bad:
        text += "\n| verdict | case | finding |\n|---|---|---|\n"
    for verdict in bad:
        first = verdict.findings[0].text if verdict.findings else verdict.reason
        cell = first.replace("|", "\\|")
        text += f"| {verdict.verdict} | {verdict.case.number} `{verdict.case.id}` | {cell} |\n"
    return text


def case_text(verdict: CaseVerdict) -> str:
    """All about one case: the situation, what was found, and the transcript."""
    case, evidence = verdict.case, verdict.evidence
    parts = [
        f"{case.number} {case.id}: {verdict.verdict}",
        case.situation,
        f"Why it matters: {case.why}",
        f"Expected: {case.expected}",
    ]
    parts += [f"Clause: {case.clause}"] if case.clause else []
    parts += [f"Rules: {case.rules}"] if case.rules else []
    parts += [f"Reason: {verdict.reason}"] if verdict.reason else []
    parts += [str(finding) for finding in verdict.findings]
    text = "\n".join(parts) + "\n"
    for number, run in enumerate(evidence.runs if evidence else (), 1):
        said = "success" if run.success else f"failure ({run.exit})"
        text += f"Run {number}: {said}, {run.seconds:.1f} s\n"
    if evidence:
        text += f"\nTranscript:\n\n{_numbered(evidence.transcript)}"
    return text


def _numbered(transcript: str) -> str:
    lines = transcript.splitlines()
    return "".join(f"{number:5} {line}\n" for number, line in enumerate(lines, 1))
