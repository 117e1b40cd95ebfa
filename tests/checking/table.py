"""Which mutant shows which case, computed by a run.

python -m tests.checking.table --write [DEFECT ...]
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pop3lab.cases.case import Case, Grade
from pop3lab.cases.catalogue import CASES, select
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.report import Report
from pop3lab.checking.case_run import CheckSettings
from pop3lab.checking.check import check, check_client
from pop3lab.clients.process import ProcessClient
from tests.checking.defects import COSTLY, DEFECTS, HURRIED, PROGRAMS, SLOW
from tests.checking.mutant import mutant
from tests.checking.mutant_program import driver_of

FILE = Path(__file__).with_name("shown.tsv")
CLAIMS = ("remembers", "timeout")
TIMEOUT = 0.5  # seconds
EVERYWHERE = ("EARLY", "STORM")  # findings that show nearly anywhere, unless a case names them


def tried(
    cases: str | Sequence[str], *defects: str, jobs: int = 4, timeout: float = TIMEOUT
) -> Report:
    """What a mutant has shown in these cases."""
    if set(defects) & PROGRAMS.keys():
        return as_program(cases, *defects, jobs=jobs)
    return check(mutant(*defects), cases, claims=CLAIMS, timeout=timeout, jobs=jobs)


def as_program(cases: str | Sequence[str], *defects: str, jobs: int = 2) -> Report:
    """What a mutant has shown in these cases that runs in a process of its own."""
    settings = CheckSettings(timeout=1.0, claims=CLAIMS)
    words = [cases] if isinstance(cases, str) else cases
    client = ProcessClient(driver_of(*defects))
    return check_client(client, select(words), settings, jobs=jobs)


def found_in(report: Report, defect: str) -> list[str]:
    """The cases in which a mutant is found by what these cases look for."""
    return [
        verdict.case.id
        for verdict in report.of("fail", "warn")
        if any(_tells(verdict.case, finding) for finding in verdict.findings)
        and (verdict.case.is_timed or defect not in HURRIED)
    ]


def _tells(case: Case, finding: Finding) -> bool:
    """Whether a finding is of weight, and not one of those that show in whatever case it is."""
    weighs = finding.grade in (Grade.FAIL, Grade.WARN)
    return weighs and (finding.id not in EVERYWHERE or finding.id in case.grades)


def shown() -> dict[str, list[str]]:
    """The cases that each defect fails, or is warned of."""
    rows = [line.split("\t") for line in FILE.read_text("utf-8").splitlines()]
    return {defect: cases.split() for defect, cases in rows}


def assigned(table: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Of the cases of each defect, those that it shows best: few others of its cases do.

    A case that can fail belongs to one defect, and each defect that shows any has one of its own.
    """
    cheap = {name: cases for name, cases in table.items() if name not in COSTLY}
    best: dict[str, list[str]] = {name: list(cases[:1]) for name, cases in cheap.items()}
    for case in (case.id for case in CASES.values() if case.fail or case.warn):
        by = [name for name, cases in cheap.items() if case in cases]
        if by and not any(case in best[name] for name in by):
            best[min(by, key=lambda name: (name in SLOW, len(cheap[name])))].append(case)
    return {name: best.get(name, []) for name in table}


def _computed(defect: str) -> str:
    report = tried(PROGRAMS.get(defect, "*"), defect)
    cases = found_in(report, defect)
    print(defect, dict(report.counts), flush=True)
    return f"{defect}\t{' '.join(cases)}\n"


if __name__ == "__main__" and "--write" in sys.argv:
    named = [word for word in sys.argv[1:] if word in DEFECTS]
    known = {defect: f"{defect}\t{' '.join(cases)}\n" for defect, cases in shown().items()}
    computed = {defect: _computed(defect) for defect in named or DEFECTS}
    rows = {**known, **computed}
    FILE.write_text("".join(rows[defect] for defect in DEFECTS), "utf-8")
