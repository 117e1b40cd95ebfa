"""The folder of a report, which is written while the cases run."""

import json
from pathlib import Path

import pytest

from pop3lab.cases.verdict import verdict_of
from pop3lab.core.errors import ConfigError
from pop3lab.report.folder import ReportFolder
from tests.cases.evidence import GOOD, evidence, run, session
from tests.report.samples import FAILED, LINES, PASSED, UNJUDGED, sample

RUN = {"client": "fetch", "seed": 1}


def test_the_folder_has_a_file_for_each_form(tmp_path: Path) -> None:
    for _ in range(2):
        folder = ReportFolder(str(tmp_path / "report"), RUN)
        for verdict in (PASSED, FAILED, UNJUDGED):
            folder.add(verdict)
        folder.finish(sample())
    names = {path.name for path in (tmp_path / "report").iterdir()}
    assert names == {
        *("results.json", "results.jsonl", "junit.xml", "summary.md", "badge.json", "badge.svg"),
        *("index.html", "style.css", "search.js", "cases"),
    }
    cases = tmp_path / "report" / "cases"
    assert (cases / "test-lost.txt").read_text() == LINES
    assert 'id="L21" class="client decides"' in (cases / "test-lost.html").read_text()
    assert not (cases / "test-un.txt").exists()
    assert (cases / "test-un.html").exists()


def test_each_verdict_is_there_when_it_is_known_and_a_run_goes_on(tmp_path: Path) -> None:
    stopped = ReportFolder(str(tmp_path), RUN)
    result = stopped.add(FAILED)
    stopped.add(UNJUDGED)
    lines = tmp_path / "results.jsonl"
    lines.write_text(lines.read_text() + '{"id": "test/torn", "nu')
    resumed = ReportFolder(str(tmp_path), RUN, resume=True)
    assert resumed.known == {"test/lost": result}
    resumed.add(PASSED)
    ids = [json.loads(line).get("id") for line in lines.read_text().splitlines()]
    assert ids == [None, "test/lost", "test/good"]
    assert ReportFolder(str(tmp_path), RUN).known == {}


def test_what_a_client_has_said_on_the_wire_is_known_when_a_run_goes_on(tmp_path: Path) -> None:
    left = session(*GOOD.commands, violations=[("no-quit", "the client left", 0)])
    ReportFolder(str(tmp_path), RUN).add(verdict_of(evidence(run(sessions=[left]))))
    for _ in range(2):
        folder = ReportFolder(str(tmp_path), RUN, resume=True)
        assert folder.on_wire == {"no-quit": "the client left (in test/case: )"}
        assert "on_wire" not in folder.known["test/case"]


def test_only_a_run_with_the_same_client_goes_on(tmp_path: Path) -> None:
    assert ReportFolder(str(tmp_path), RUN, resume=True).known == {}
    with pytest.raises(ConfigError, match="another client"):
        ReportFolder(str(tmp_path), {**RUN, "seed": 2}, resume=True)
