"""The report in all its forms."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

from pop3lab.cases.evidence import Calibration
from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict, verdict_of
from pop3lab.report.folder import write_report
from pop3lab.report.junit import junit_xml
from pop3lab.report.results import results_json
from pop3lab.report.words import case_text, overview_text, summary_markdown
from tests.cases.evidence import TEXTS, case, delivered, evidence, run

LOST = run(delivered=delivered(TEXTS[0], TEXTS[2]), seconds=0.25)
LINES = "".join(f"1 0.000 C: line {number}\n" for number in range(1, 100))

PASSED = verdict_of(evidence(of=case(id="test/good")))
FAILED = verdict_of(evidence(LOST, of=case(id="test/lost"), transcript=LINES))
WARNED = verdict_of(evidence(run(output="\x1b"), of=case(id="test/raw")))
INFORMED = verdict_of(evidence(run(success=False), of=case(id="test/info", info="FAILED")))
UNREACHED = verdict_of(evidence(of=case(id="test/not", rules="*: bare-status")))
UNJUDGED = CaseVerdict(case=case(id="test/un"), verdict="unjudged", reason="calibration: it fails")

REPORT = Report(
    client="fetch",
    kind="program",
    version="1.0",
    claims=("timeout",),
    verdicts=(PASSED, INFORMED, WARNED, FAILED, UNREACHED, UNJUDGED),
    calibrations={"": Calibration(does=("writes LF for CRLF",), password="exit 3")},
)


def test_results_have_all_that_programs_need() -> None:
    results = json.loads(results_json(REPORT))
    assert results["summary"] == dict(REPORT.counts)
    assert results["client"] == {
        "name": "fetch",
        "version": "1.0",
        "kind": "program",
        "claims": ["timeout"],
    }
    assert results["calibration"]["none"]["does"] == ["writes LF for CRLF"]
    lost = next(each for each in results["cases"] if each["id"] == "test/lost")
    assert lost["verdict"] == "fail"
    assert lost["findings"][0] == {
        "id": "LOST",
        "grade": "fail",
        "text": "message 2 was deleted, and not delivered whole",
        "run": 1,
        "session": 1,
        "lines": [21],
        "file": "",
    }
    assert lost["runs"][0]["deleted"] == [1, 2, 3]
    assert lost["runs"][0]["delivered"][1] == {
        "number": 3,
        "extent": "whole",
        "octets": len(TEXTS[2]),
    }
    assert lost["timing"]["seconds"] == [0.25]


def test_two_equal_runs_differ_in_nothing_but_timing() -> None:
    slower = verdict_of(evidence(replace(LOST, seconds=9.0, cpu=1.0, rss=5), of=FAILED.case))
    one, other = (
        json.loads(results_json(replace(REPORT, verdicts=[verdict])))
        for verdict in (FAILED, slower)
    )
    assert one["cases"][0].pop("timing") != other["cases"][0].pop("timing")
    assert one == other


def outcomes(*, strict: bool) -> dict[str | None, list[str]]:
    suite = ET.fromstring(junit_xml(REPORT, strict=strict))[0]
    return {test.get("name"): [child.tag for child in test] for test in suite}


def test_junit_tells_what_a_build_is_to_fail_for() -> None:
    assert outcomes(strict=False) == {
        "test/good": [],
        "test/info": ["system-out"],
        "test/raw": ["system-out"],
        "test/lost": ["failure"],
        "test/not": ["skipped"],
        "test/un": ["error"],
    }
    assert outcomes(strict=True)["test/raw"] == ["failure"]
    suite = ET.fromstring(junit_xml(REPORT))[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_the_overview_has_a_line_for_all_that_is_wrong() -> None:
    assert overview_text(REPORT).splitlines() == [
        "warn  0.01 test/raw: control characters were printed",
        "fail  0.01 test/lost: message 2 was deleted, and not delivered whole",
        "1 pass, 1 info, 1 warn, 1 fail, 1 not-reached, 1 unjudged",
    ]


def test_verbose_shows_the_lines_that_decide() -> None:
    lines = overview_text(REPORT, verbose=True).splitlines()
    lost = "message 2 was deleted, and not delivered whole"
    assert lines[2:5] == [
        f"fail  0.01 test/lost: {lost}",
        f"      fail LOST: {lost} in run 1, line 21 of the transcript",
        "        1 0.000 C: line 21",
    ]


def test_a_calibration_that_fails_stands_first() -> None:
    wrong = replace(REPORT, calibrations={"stls": Calibration(wrong="it fails")})
    assert overview_text(wrong).startswith("calibration under stls: it fails\n")


def test_the_summary_is_a_table() -> None:
    assert summary_markdown(REPORT).splitlines()[-1] == (
        "| unjudged | 0.01 `test/un` | calibration: it fails |"
    )


def test_the_page_of_a_case_says_why_it_matters_and_shows_the_transcript() -> None:
    text = case_text(FAILED)
    assert "Why it matters: w\n" in text
    assert "Run 1: success, 0.2 s\n" in text
    assert "   21 1 0.000 C: line 21\n" in text
    assert "Reason: calibration: it fails" in case_text(UNJUDGED)


def test_the_folder_has_a_file_for_each_form(tmp_path: Path) -> None:
    for _ in range(2):
        write_report(REPORT, str(tmp_path / "report"))
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert names == {"results.json", "junit.xml", "summary.md", "cases"}
    assert len(list((tmp_path / "report" / "cases").iterdir())) == 6
