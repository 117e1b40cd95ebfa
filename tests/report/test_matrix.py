"""Several reports side by side."""

from dataclasses import replace
from pathlib import Path

from pop3lab.cases.catalogue import CASES
from pop3lab.report.case_results import results_of
from pop3lab.report.matrix import matrix_rows, write_matrix
from tests.report.samples import FAILED, PASSED, REPORT, sample
from tests.report.test_pages import Reading
from tests.report.test_report import hostile


def test_a_row_tells_whether_clients_differ() -> None:
    other = results_of(replace(REPORT, verdicts=[replace(PASSED, case=FAILED.case), PASSED]))
    rows = {row.case["id"]: row for row in matrix_rows([sample(), other])}
    assert len(rows) == 6
    assert not rows["test/lost"].same
    assert rows["test/good"].same
    assert [cell.result is None for cell in rows["test/raw"].cells] == [False, True]


def test_rows_stand_in_the_order_of_their_numbers() -> None:
    cases = [CASES["retr/cut-close"], CASES["data/dots"], CASES["uidl/empty"]]
    verdicts = [replace(PASSED, case=case) for case in cases]
    rows = matrix_rows([results_of(replace(REPORT, verdicts=[each])) for each in verdicts])
    assert [row.case["number"] for row in rows] == ["2.01", "10.10", "11.01"]


def test_a_verdict_by_other_rules_says_so() -> None:
    older, newer = sample(), sample()
    newer["cases"][0]["revision"] = 2
    cells = matrix_rows([older, newer])[0].cells
    assert [cell.older for cell in cells] == [True, False]
    row = CASES["data/dots"]
    current = results_of(replace(REPORT, verdicts=[replace(PASSED, case=row)]))
    current["cases"][0]["revision"] = row.revision - 1
    assert matrix_rows([current])[0].cells[0].older


def test_the_site_has_a_folder_for_each_client_and_version(tmp_path: Path) -> None:
    (tmp_path / "one" / "cases").mkdir(parents=True)
    (tmp_path / "one" / "cases" / "test-lost.txt").write_text("1 0.0 C: QUIT\n")
    reports = [(sample(), str(tmp_path / "one")), (sample(), ""), (hostile(), "")]
    write_matrix(reports, str(tmp_path / "site"))
    page = Reading((tmp_path / "site" / "index.html").read_text())
    assert "3 clients side by side" in page.text
    assert r"<script>\x1b[2J</script>" in page.text
    links = [link for link in page.links if not link.startswith("#")]
    assert all((tmp_path / "site" / link).is_file() for link in links)
    assert "fetch-1.0-2/cases/test-lost.html" in links
    lost = tmp_path / "site" / "fetch-1.0" / "cases" / "test-lost.html"
    assert "C: QUIT" in lost.read_text()
