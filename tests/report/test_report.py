"""The report for programs, for builds, and for terminals."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema  # type: ignore[import-untyped]
import pytest

from pop3lab.cases.evidence import Calibration
from pop3lab.cases.verdict import verdict_of
from pop3lab.core.errors import ConfigError
from pop3lab.report.badge import badge_json
from pop3lab.report.case_results import results_of
from pop3lab.report.junit import junit_xml
from pop3lab.report.results import CaseResult, Results, read_results, results_json, results_schema
from pop3lab.report.words import overview_text, summary_markdown
from tests.cases.evidence import TEXTS, evidence, found, run
from tests.report.samples import FAILED, LINES, LOST, PASSED, REPORT, sample

HOSTILE = "<script>\x1b[2J</script> | `rm` \N{RIGHT-TO-LEFT OVERRIDE}\n# title"


def test_results_have_all_that_programs_need() -> None:
    results = json.loads(results_json(sample()))
    assert {word: count for word, count in results["summary"].items() if count} == REPORT.counts
    assert results["client"] == {
        "name": "fetch",
        "version": "1.0",
        "kind": "program",
        "claims": ["timeout"],
        "driver": "",
        "command": "pop3lab check fetch",
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
        "quotes": ["C: line 21"],
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
    slower = verdict_of(
        evidence(replace(LOST, seconds=9.0, cpu=1.0, rss=5), of=FAILED.case, transcript=LINES)
    )
    one, other = (
        json.loads(results_json(results_of(replace(REPORT, verdicts=[verdict]))))
        for verdict in (FAILED, slower)
    )
    assert one["cases"][0].pop("timing") != other["cases"][0].pop("timing")
    assert one == other


@pytest.mark.parametrize("name", ["FIGURES", "HANG"])
def test_a_finding_has_no_time_in_its_text(name: str) -> None:
    quick, slow = (
        found(name, evidence(run(ended="hung", seconds=seconds, rss=rss)))
        for seconds, rss in ((1.0, 1 << 20), (9.0, 9 << 20))
    )
    assert quick
    assert quick == slow


def outcomes(*, strict: bool) -> dict[str | None, list[str]]:
    suite = ET.fromstring(junit_xml(sample(), strict=strict))[0]
    return {
        test.get("name"): [child.tag for child in test if child.tag != "properties"]
        for test in suite
    }


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
    suite = ET.fromstring(junit_xml(sample()))[0]
    assert {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }


def test_the_overview_has_a_line_for_all_that_is_wrong() -> None:
    assert overview_text(sample()).splitlines() == [
        "warn  0.01 test/raw: control characters were printed",
        "fail  0.01 test/lost: message 2 was deleted, and not delivered whole",
        "1 pass, 1 info, 1 warn, 1 fail, 1 not-reached, 1 unjudged",
    ]


def test_verbose_shows_the_lines_that_decide() -> None:
    lines = overview_text(sample(), verbose=True).splitlines()
    lost = "message 2 was deleted, and not delivered whole"
    assert lines[2:5] == [
        f"fail  0.01 test/lost: {lost}",
        f"      fail LOST: {lost} in run 1, line 21 of the transcript",
        "        C: line 21",
    ]


def test_a_calibration_that_fails_stands_first() -> None:
    wrong = replace(REPORT, calibrations={"stls": Calibration(wrong="it fails")})
    assert overview_text(results_of(wrong)).startswith("calibration under stls: it fails\n")


def test_the_summary_is_a_table() -> None:
    assert summary_markdown(sample()).splitlines()[-1] == (
        "| unjudged | 0.01 `test/un` | calibration: it fails |"
    )


def expecting(results: Results, case: str, verdict: str) -> Results:
    cases: list[CaseResult] = [
        {**each, "expected": verdict, "expected_reason": "known"} if each["id"] == case else each
        for each in results["cases"]
    ]
    return {**results, "cases": cases}


def test_a_failure_that_is_expected_passes_and_says_so() -> None:
    suite = ET.fromstring(junit_xml(expecting(sample(), "test/lost", "fail")))[0]
    test = next(test for test in suite if test.get("name") == "test/lost")
    assert test.find("failure") is None
    assert [(each.get("name"), each.get("value")) for each in test.iter("property")] == [
        ("verdict", "fail"),
        ("expected", "fail"),
    ]
    text = overview_text(expecting(sample(), "test/lost", "fail"))
    assert "fail  0.01 test/lost (as expected): message 2" in text


def test_a_pass_that_was_expected_to_fail_fails() -> None:
    suite = ET.fromstring(junit_xml(expecting(sample(), "test/good", "fail")))[0]
    test = next(test for test in suite if test.get("name") == "test/good")
    failure = test.find("failure")
    assert failure is not None
    assert failure.get("message") == "unexpected pass"


@pytest.mark.parametrize("results", [sample(), expecting(sample(), "test/lost", "pass fail")])
def test_results_are_as_their_schema_says(results: Results) -> None:
    schema = json.loads(results_schema())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(results_json(results)), schema)
    broken = json.loads(results_json(results))
    broken["cases"][0]["verdict"] = "good"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, schema)


def test_results_can_be_read_again(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(results_json(sample()))
    assert read_results(str(path)) == sample()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ("{}", r"\$: 'schema' is a required property"),
        (results_json(sample()).replace("cases/test-lost.txt", "../secret"), "does not match"),
    ],
)
def test_what_are_no_results_is_refused(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=told):
        read_results(str(path))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_results(str(tmp_path / "none"))


def hostile() -> Results:
    results = results_of(replace(REPORT, client=HOSTILE, verdicts=(FAILED,)))
    finding = results["cases"][0]["findings"][0]
    finding["text"] = finding["file"] = HOSTILE
    finding["quotes"] = [HOSTILE]
    return results


def test_hostile_text_stays_text_in_junit_and_markdown() -> None:
    suite = ET.fromstring(junit_xml(hostile()))[0]
    shown = r"<script>\x1b[2J</script> | `rm` \u202e\n# title"
    assert suite.get("name") == f"pop3lab: {shown}"
    assert suite[0][1].get("message") == shown
    lines = summary_markdown(hostile()).splitlines()
    assert len(lines) == 7
    assert lines[-1].count("|") == 4
    assert not set("<`") & set(lines[-1].removeprefix("| fail | 0.01 `test/lost`"))
    assert "\x1b" not in overview_text(hostile(), verbose=True)


@pytest.mark.parametrize(
    ("verdicts", "message", "colour"),
    [
        (REPORT.verdicts, "2 of 4 passed, 1 failed", "red"),
        ((PASSED, REPORT.verdicts[2]), "1 of 2 passed", "yellow"),
        ((PASSED,), "1 of 1 passed", "brightgreen"),
        (REPORT.verdicts[-1:], "not judged", "lightgrey"),
    ],
)
def test_the_badge_says_it_in_a_few_words(verdicts: object, message: str, colour: str) -> None:
    badge = json.loads(badge_json(results_of(replace(REPORT, verdicts=verdicts))))  # type: ignore[arg-type]
    assert badge == {"schemaVersion": 1, "label": "pop3lab", "message": message, "color": colour}
