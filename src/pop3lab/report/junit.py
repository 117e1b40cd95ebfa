"""junit.xml: a test case for each case, for what shows the tests of a build."""

from xml.etree import ElementTree as ET

from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.report.words import is_bad


def junit_xml(report: Report, *, strict: bool = False) -> str:
    """The text of junit.xml. strict: warnings are failures, too."""
    cases = [_case(verdict, strict=strict) for verdict in report.verdicts]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    attributes = {name: f"{count}" for name, count in counts.items()}
    suite = ET.Element("testsuite", {"name": f"pop3lab: {report.client}", **attributes})
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(verdict: CaseVerdict, *, strict: bool) -> ET.Element:
    runs = verdict.evidence.runs if verdict.evidence else ()
    attributes = {
        "classname": verdict.case.group,
        "name": verdict.case.id,
        "time": f"{sum(run.seconds for run in runs):.3f}",
    }
    case = ET.Element("testcase", attributes)
    told = "\n".join(map(str, verdict.findings))
    first = verdict.findings[0].text if verdict.findings else verdict.reason
    if verdict.verdict == "unjudged":
        ET.SubElement(case, "error", message=verdict.reason)
    elif verdict.verdict in ("not-applicable", "not-reached"):
        ET.SubElement(case, "skipped", message=verdict.reason)
    elif is_bad(verdict, strict=strict):
        ET.SubElement(case, "failure", message=first).text = told
    elif told:
        ET.SubElement(case, "system-out").text = told
    return case
