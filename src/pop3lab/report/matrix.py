"""Several reports side by side: a row for each case, a column for each client and version."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pop3lab.cases.catalogue import CASES
from pop3lab.report.folder import write_pages, write_text
from pop3lab.report.pages import Pages, group_title
from pop3lab.report.results import CaseResult, Results

_NOT_IN_NAMES = re.compile(r"[^a-z0-9.]+")


class MatrixColumn(NamedTuple):
    """A report. folder: of its pages, in the site."""

    results: Results
    folder: str


class MatrixCell(NamedTuple):
    """What a client has shown in a case; None if it was not tried. older: by rules of before."""

    result: CaseResult | None
    older: bool = False


class MatrixRow(NamedTuple):
    """A case. same: all clients that were tried have the same verdict."""

    case: CaseResult
    cells: Sequence[MatrixCell]
    same: bool


def write_matrix(reports: Sequence[tuple[Results, str]], folder: str) -> None:
    """Write the site: the matrix, and the pages of each report in a folder of its own.

    reports: each with the folder of its transcripts. Raises OSError, ConfigError.
    """
    pages = Pages()
    names = list(_folders([results for results, _ in reports]))
    columns = [
        MatrixColumn(results, name) for (results, _), name in zip(reports, names, strict=True)
    ]
    for (results, source), name in zip(reports, names, strict=True):
        within = os.path.join(folder, name)
        os.makedirs(os.path.join(within, "cases"), exist_ok=True)
        write_pages(pages, results, within, source)
    groups = _by_group(matrix_rows([results for results, _ in reports]))
    text = pages.render("matrix.html", root=f"{names[0]}/", columns=columns, groups=groups)
    write_text(os.path.join(folder, "index.html"), text)


def _folders(reports: Sequence[Results]) -> Iterator[str]:
    """A name for the folder of each report, no two of them equal."""
    seen: set[str] = set()
    for results in reports:
        client = results["client"]
        words = f"{client['name']}-{client['version']}".lower()
        name = _NOT_IN_NAMES.sub("-", words).strip("-.") or "client"
        many = 1
        while (each := name if many == 1 else f"{name}-{many}") in seen:
            many += 1
        seen.add(each)
        yield each


def matrix_rows(reports: Sequence[Results]) -> list[MatrixRow]:
    """A row for each case that any report has, in the order of the numbers."""
    found = [{case["id"]: case for case in results["cases"]} for results in reports]
    known = {name: case for column in found for name, case in column.items()}
    ordered = sorted(known.values(), key=_place)
    return [_row(case, [column.get(case["id"]) for column in found]) for case in ordered]


def _place(case: CaseResult) -> tuple[int, int]:
    group, _, number = case["number"].partition(".")
    return int(group), int(number)


def _row(case: CaseResult, results: Sequence[CaseResult | None]) -> MatrixRow:
    tried = [result for result in results if result]
    newest = max(result["revision"] for result in tried)
    if case["id"] in CASES:
        newest = max(newest, CASES[case["id"]].revision)
    cells = [MatrixCell(each, each is not None and each["revision"] < newest) for each in results]
    return MatrixRow(case, cells, len({result["verdict"] for result in tried}) == 1)


def _by_group(rows: Sequence[MatrixRow]) -> Mapping[str, Sequence[MatrixRow]]:
    groups: dict[str, list[MatrixRow]] = {}
    for row in rows:
        groups.setdefault(group_title(row.case), []).append(row)
    return groups
