"""The report as a folder of files, written while the cases run."""

import json
import os
import threading
from collections.abc import Mapping
from typing import Literal

from pop3lab.cases.passive import OnWire, first_of_each, on_wire
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.core.errors import ConfigError
from pop3lab.files.writing import write_whole
from pop3lab.report.badge import badge_json, badge_svg
from pop3lab.report.case_results import case_result
from pop3lab.report.junit import junit_xml
from pop3lab.report.pages import STATIC, Pages, static_text
from pop3lab.report.results import CaseResult, Results, file_name, results_json
from pop3lab.report.words import summary_markdown

_LINES = "results.jsonl"
_ON_WIRE = "on_wire"  # only there: what other cases count, if the run goes on later


class ReportFolder:
    """A folder, whose files of an earlier report are replaced.

    Each verdict is written when it is known: a run that was stopped loses none.
    """

    def __init__(self, path: str, run: Mapping[str, object], *, resume: bool = False) -> None:
        """run: what identifies the run, by which it is known to be the one to resume.

        Raises OSError, and ConfigError if another run was stopped here.
        """
        self.path = path
        self._lock = threading.Lock()
        self._on_wire: dict[str, OnWire] = {}  # by the id of the case
        os.makedirs(os.path.join(path, "cases"), exist_ok=True)
        self.known = self._read(run) if resume else {}
        lines = [self._result_line(each) for each in self.known.values()]
        self._write(_LINES, "".join([_line(run), *lines]))

    def _read(self, run: Mapping[str, object]) -> dict[str, CaseResult]:
        """The verdicts of a run that was stopped, whose last line may be torn.

        What could not be judged is tried again.
        """
        try:
            with open(os.path.join(self.path, _LINES), encoding="utf-8") as file:
                first, *lines = [line for line in file if line.endswith("\n")] or [""]
        except FileNotFoundError:
            return {}
        if first and json.loads(first) != run:
            raise ConfigError(
                f"{self.path}: has results of another client or version, which can't be resumed"
            )
        results = [json.loads(line) for line in lines]
        for each in results:
            self._on_wire[each["id"]] = each.pop(_ON_WIRE, {})
        return {each["id"]: each for each in results if each["verdict"] != "unjudged"}

    @property
    def on_wire(self) -> OnWire:
        """What the client has said on the wire in all cases that are known."""
        return first_of_each(self._on_wire[case] for case in self.known)

    def _result_line(self, result: CaseResult) -> str:
        return _line({**result, _ON_WIRE: dict(self._on_wire[result["id"]])})

    def add(
        self, verdict: CaseVerdict, told_by: Literal["machine", "person"] = "machine"
    ) -> CaseResult:
        """Write a verdict, from any thread. Raises OSError."""
        result: CaseResult = {**case_result(verdict), "told_by": told_by}
        if verdict.evidence:
            self._write(result["transcript"], verdict.evidence.transcript)
        with self._lock, open(os.path.join(self.path, _LINES), "a", encoding="utf-8") as file:
            self._on_wire[result["id"]] = on_wire(verdict)
            file.write(self._result_line(result))
            self.known[result["id"]] = result
        return result

    def finish(self, results: Results, *, strict: bool = False) -> None:
        """Write all that is made of the results. strict: warnings are failures in junit.xml.

        Raises OSError, and ConfigError, as the last, if there is nothing to make pages with.
        """
        self._write("results.json", results_json(results))
        self._write("junit.xml", junit_xml(results, strict=strict))
        self._write("summary.md", summary_markdown(results))
        self._write("badge.json", badge_json(results))
        pages = Pages()
        write_pages(pages, results, self.path, self.path)
        self._write("badge.svg", badge_svg(results, pages))

    def _write(self, name: str, text: str) -> None:
        write_text(os.path.join(self.path, name), text)


def write_pages(pages: Pages, results: Results, folder: str, source: str) -> None:
    """Write index.html, and a page for each case. source: the folder with the transcripts."""
    for name in STATIC:
        write_text(os.path.join(folder, name), static_text(name))
    write_text(os.path.join(folder, "index.html"), pages.index(results))
    for place, case in enumerate(results["cases"]):
        text = pages.case(results, place, transcript_of(case, source))
        write_text(os.path.join(folder, "cases", f"{file_name(case['id'])}.html"), text)


def transcript_of(case: CaseResult, folder: str) -> str:
    """The transcript of a case; empty if there is none."""
    if not case["transcript"]:
        return ""
    try:
        with open(os.path.join(folder, case["transcript"]), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def _line(value: Mapping[str, object]) -> str:
    return json.dumps(value, sort_keys=True) + "\n"


def write_text(path: str, text: str) -> None:
    """Write a file of the report, whatever characters there are. Raises OSError."""
    write_whole(path, text.encode("utf-8", "backslashreplace"))
