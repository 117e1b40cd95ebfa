"""results.json: all verdicts, for programs. Nothing but timing changes between two equal runs."""

import json
from collections.abc import Mapping
from typing import Any

from pop3lab._version import __version__
from pop3lab.cases.evidence import Calibration, Copy, Evidence, RunSeen
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.marked import Extent
from pop3lab.cases.report import CATALOGUE, Report
from pop3lab.cases.verdict import CaseVerdict

SCHEMA_VERSION = 1


def results_json(report: Report) -> str:
    """The text of results.json."""
    return json.dumps(_results(report), indent=2, sort_keys=True) + "\n"


def _results(report: Report) -> Mapping[str, Any]:
    return {
        "schema": SCHEMA_VERSION,
        "pop3lab": __version__,
        "catalogue": CATALOGUE,
        "seed": report.seed,
        "client": {
            "name": report.client,
            "version": report.version,
            "kind": report.kind,
            "claims": list(report.claims),
        },
        "calibration": {
            tls or "none": _calibration(one) for tls, one in report.calibrations.items()
        },
        "cases": [_case(verdict) for verdict in report.verdicts],
        "summary": dict(report.counts),
    }


def _calibration(learned: Calibration) -> Mapping[str, Any]:
    exits = {"nothing": learned.nothing, "password": learned.password, "refused": learned.refused}
    return {"does": list(learned.does), "exit": exits, "wrong": learned.wrong}


def _case(verdict: CaseVerdict) -> Mapping[str, Any]:
    evidence = verdict.evidence
    return {
        "id": verdict.case.id,
        "number": verdict.case.number,
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "ending": verdict.ending,
        "findings": [_finding(finding) for finding in verdict.findings],
        "runs": [_run(evidence, place) for place in range(len(evidence.runs))] if evidence else [],
        "timing": _timing(evidence.runs) if evidence else {},
    }


def _finding(finding: Finding) -> Mapping[str, Any]:
    return {
        "id": finding.id,
        "grade": finding.grade.value if finding.grade else "",
        "text": finding.text,
        "run": finding.run,
        "session": finding.session,
        "lines": list(finding.lines),
        "file": finding.file,
    }


def _run(evidence: Evidence, place: int) -> Mapping[str, Any]:
    run = evidence.runs[place]
    copies = [copy for copy in evidence.copies if copy.run == place + 1]
    return {
        "operation": evidence.case.operation,
        "success": run.success,
        "exit": run.exit,
        "ended": run.ended,
        "delivered": [_copy(evidence, copy) for copy in copies],
        "deleted": [evidence.number_of(uid) for uid in sorted(run.deleted)],
        "remaining": [evidence.number_of(uid) for uid in run.remaining],
    }


def _copy(evidence: Evidence, copy: Copy) -> Mapping[str, Any]:
    number = evidence.number_of(copy.uid) or copy.scan.number
    extent = Extent.WHOLE if copy.uid else copy.scan.extent
    return {"number": number, "extent": extent.value, "octets": len(copy.delivered.octets)}


def _timing(runs: Any) -> Mapping[str, Any]:
    seen: list[RunSeen] = list(runs)
    return {
        "seconds": [round(run.seconds, 3) for run in seen],
        "cpu": [round(run.cpu, 3) for run in seen],
        "rss": [run.rss for run in seen],
    }
