"""Results of verdicts, in the shape of results.json."""

from collections.abc import Sequence

from pop3lab._version import __version__
from pop3lab.cases.evidence import Calibration, Copy, Evidence, RunSeen, unstamped
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.marked import Extent
from pop3lab.cases.report import CATALOGUE, Report
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.report.results import (
    SCHEMA_VERSION,
    CalibrationResult,
    CaseResult,
    CopyResult,
    FindingResult,
    Results,
    RunResult,
    TimingResult,
    file_name,
    summary_of,
)

_QUOTED = 200  # characters of a line of the transcript in a finding


def results_of(
    report: Report,
    cases: Sequence[CaseResult] | None = None,
    *,
    date: str = "",
    driver: str = "",
    command: str = "",
) -> Results:
    """The results of a report. cases: if they are known already. command: that repeats it."""
    told = [case_result(each) for each in report.verdicts] if cases is None else list(cases)
    return {
        "schema": SCHEMA_VERSION,
        "pop3lab": __version__,
        "catalogue": CATALOGUE,
        "seed": report.seed,
        "date": date,
        "client": {
            "name": report.client,
            "version": report.version,
            "kind": report.kind,
            "claims": list(report.claims),
            "driver": driver,
            "command": command,
        },
        "calibration": {
            tls or "none": _calibration(one) for tls, one in report.calibrations.items()
        },
        "cases": told,
        "summary": summary_of(told),
    }


def _calibration(learned: Calibration) -> CalibrationResult:
    exits = {"nothing": learned.nothing, "password": learned.password, "refused": learned.refused}
    return {"does": list(learned.does), "exit": exits, "wrong": learned.wrong}


def case_result(verdict: CaseVerdict) -> CaseResult:
    """The result of a case."""
    case, evidence = verdict.case, verdict.evidence
    lines = evidence.transcript.splitlines() if evidence else []
    result: CaseResult = {
        "id": case.id,
        "number": case.number,
        "revision": case.revision,
        "situation": case.situation,
        "why": case.why,
        "should": case.expected,
        "clause": case.clause,
        "rules": case.rules,
        "source": case.source,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "ending": verdict.ending,
        "told_by": "machine",
        "findings": [_finding(finding, lines) for finding in verdict.findings],
        "runs": [_run(evidence, place) for place in range(len(evidence.runs))] if evidence else [],
        "transcript": f"cases/{file_name(case.id)}.txt" if evidence else "",
    }
    if evidence:
        result["timing"] = _timing(evidence.runs)
        if verdict.tries:
            result["timing"]["tries"] = list(verdict.tries)
    return result


def _finding(finding: Finding, transcript: Sequence[str]) -> FindingResult:
    known = [line for line in finding.lines if 0 < line <= len(transcript)]
    return {
        "id": finding.id,
        "grade": finding.grade.value if finding.grade else "",
        "text": finding.text,
        "run": finding.run,
        "session": finding.session,
        "lines": list(finding.lines),
        "quotes": [unstamped(transcript[line - 1])[:_QUOTED] for line in known],
        "file": finding.file,
    }


def _run(evidence: Evidence, place: int) -> RunResult:
    run = evidence.runs[place]
    copies = [copy for copy in evidence.copies if copy.run == place + 1]
    return {
        "operation": evidence.case.operation,
        "success": run.success,
        "exit": run.exit,
        "ended": run.ended,
        "delivered": sorted((_copy(evidence, copy) for copy in copies), key=lambda c: c["number"]),
        "deleted": [evidence.number_of(uid) for uid in sorted(run.deleted)],
        "remaining": [evidence.number_of(uid) for uid in run.remaining],
    }


def _copy(evidence: Evidence, copy: Copy) -> CopyResult:
    number = evidence.number_of(copy.uid) or copy.scan.number
    extent = Extent.WHOLE if copy.uid else copy.scan.extent
    return {"number": number, "extent": extent.value, "octets": len(copy.delivered.octets)}


def _timing(runs: Sequence[RunSeen]) -> TimingResult:
    return {
        "seconds": [round(run.seconds, 3) for run in runs],
        "cpu": [round(run.cpu, 3) for run in runs],
        "rss": [run.rss for run in runs],
    }
