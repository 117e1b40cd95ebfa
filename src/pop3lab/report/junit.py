"""junit.xml: a test case for each case, for what shows the tests of a build."""

from xml.etree import ElementTree as ET

from pop3lab.report.results import (
    CaseResult,
    Results,
    finding_line,
    first_sentence,
    group_of,
    is_bad,
    is_unjudged,
)
from pop3lab.report.words import visible


def junit_xml(results: Results, *, strict: bool = False) -> str:
    """The text of junit.xml. strict: warnings are failures, too."""
    cases = [_case(case, strict=strict) for case in results["cases"]]
    counts = {
        "tests": len(cases),
        "failures": sum(case.find("failure") is not None for case in cases),
        "errors": sum(case.find("error") is not None for case in cases),
        "skipped": sum(case.find("skipped") is not None for case in cases),
    }
    attributes = {name: f"{count}" for name, count in counts.items()}
    name = visible(f"pop3lab: {results['client']['name']}")
    suite = ET.Element("testsuite", {"name": name, **attributes})
    suite.extend(cases)
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(result: CaseResult, *, strict: bool) -> ET.Element:
    seconds = sum(result["timing"]["seconds"]) if "timing" in result else 0.0
    attributes = {
        "classname": group_of(result),
        "name": result["id"],
        "time": f"{seconds:.3f}",
    }
    case = ET.Element("testcase", attributes)
    properties = {"verdict": result["verdict"], "expected": result.get("expected", "")}
    told = ET.SubElement(case, "properties")
    for name, value in properties.items():
        if value:
            ET.SubElement(told, "property", name=name, value=value)
    _outcome(case, result, strict=strict)
    return case


def _outcome(case: ET.Element, result: CaseResult, *, strict: bool) -> None:
    """What the case is for a build: an error, skipped, a failure, or well."""
    lines = "\n".join(visible(finding_line(finding)) for finding in result["findings"])
    first = visible(first_sentence(result))
    if is_bad(result, strict=strict):
        ET.SubElement(
            case, "failure", message=first or f"unexpected {result['verdict']}"
        ).text = lines
    elif is_unjudged(result):
        ET.SubElement(case, "error", message=first)
    elif result["verdict"] in ("not-applicable", "not-reached"):
        ET.SubElement(case, "skipped", message=first)
    elif lines:
        ET.SubElement(case, "system-out").text = lines
