"""The report as a folder of files."""

import os

from pop3lab.cases.report import Report
from pop3lab.files.writing import write_whole
from pop3lab.report.junit import junit_xml
from pop3lab.report.results import results_json
from pop3lab.report.words import case_text, summary_markdown


def write_report(report: Report, folder: str, *, strict: bool = False) -> None:
    """Write all files of the report; those of an earlier one are replaced. Raises OSError.

    strict: warnings are failures in junit.xml.
    """
    cases = os.path.join(folder, "cases")
    os.makedirs(cases, exist_ok=True)
    texts = {
        "results.json": results_json(report),
        "junit.xml": junit_xml(report, strict=strict),
        "summary.md": summary_markdown(report),
    }
    for verdict in report.verdicts:
        name = verdict.case.id.replace("/", "-")
        texts[os.path.join("cases", f"{name}.txt")] = case_text(verdict)
    for name, text in texts.items():
        write_whole(os.path.join(folder, name), text.encode("utf-8", "backslashreplace"))
