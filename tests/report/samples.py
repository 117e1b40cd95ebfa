"""A report with a case of each verdict."""

from pop3lab.cases.evidence import Calibration
from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict, verdict_of
from pop3lab.report.case_results import results_of
from pop3lab.report.results import Results
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


def sample() -> Results:
    """Results of the report."""
    return results_of(REPORT, date="2027-01-10", command="pop3lab check fetch")
