"""`pop3lab cases`: list and explain what there is to try a client with."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import CASES, select
from pop3lab.cli.listing import JSON, paragraph, print_rows
from pop3lab.cli.words import read_words

OPTIONS = (JSON,)


def run(command: str, words: Sequence[str]) -> int:
    """List them, or explain those that are named. Raises ConfigError."""
    found, names = read_words(OPTIONS, words)
    cases = select(names) if names else [*CASES.values()]
    print_rows(
        cases,
        as_json=_as_json if found["json"] else None,
        explained=_explained if names else None,
        listed=_listed,
    )
    return 0


def _listed(cases: Sequence[Case]) -> Iterator[str]:
    width = max(len(case.id) for case in cases)
    for number, (group, members) in enumerate(groupby(cases, lambda case: case.group)):
        yield f"{chr(10) if number else ''}{group}:\n"
        yield from (f"  {case.number}  {case.id:<{width}}  {case.situation}\n" for case in members)


def _explained(case: Case) -> Iterator[str]:
    yield f"{case.number} {case.id}\n\n"
    yield paragraph(case.situation)
    yield paragraph(case.why)
    yield paragraph(f"Expected: {case.expected}")
    for name, text in _rest(case):
        yield paragraph(f"{name}: {text}")


def _rest(case: Case) -> Iterator[tuple[str, str]]:
    rows = {
        "Clause": case.clause,
        "Rules": case.rules,
        "Fails": case.fail,
        "Warns": case.warn,
        "Informs": case.info,
        "Source": case.source,
    }
    yield from ((name, text) for name, text in rows.items() if text)


def _as_json(case: Case) -> dict[str, object]:
    return {
        "number": case.number,
        "id": case.id,
        "situation": case.situation,
        "why": case.why,
        "expected": case.expected,
        "clause": case.clause,
        "rules": case.rules,
        "operation": case.operation,
        "runs": case.runs,
        "tls": case.tls,
        "fail": case.fail.split(),
        "warn": case.warn.split(),
        "info": case.info.split(),
        "source": case.source,
    }
