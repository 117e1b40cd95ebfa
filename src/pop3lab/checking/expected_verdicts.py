"""expected.toml: the verdicts that are known, with reasons, so that only others are news."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from pop3lab.cases.catalogue import CASES
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.files.toml import read_toml
from pop3lab.files.toml_table import TomlTable, toml_flag, toml_one_of, toml_text
from pop3lab.report.results import ORDER, CaseResult

_TODO = "TODO"  # the reason of what was written and nobody has explained yet
_WORTH_WRITING = ("fail", "warn", "unjudged")


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedVerdict:
    """A row. case: an id, a number or a pattern. version: a pattern. flaky: pass is as good."""

    case: str
    verdict: str
    reason: str
    version: str = "*"
    flaky: bool = False

    def names(self, case: str, number: str) -> bool:
        """Whether it is about this case."""
        return fnmatchcase(case, self.case) or fnmatchcase(number, self.case)

    def is_about(self, case: str, number: str, version: str) -> bool:
        """Whether it is about this case and version of a client."""
        return self.names(case, number) and fnmatchcase(version, self.version)

    def expects(self, verdict: str) -> bool:
        """Whether this verdict is as good as any that it expects."""
        return verdict in self.verdicts.split()

    @property
    def verdicts(self) -> str:
        """All that it expects, separated by blanks."""
        return f"pass {self.verdict}" if self.flaky else self.verdict


def read_expected(path: str) -> list[ExpectedVerdict]:
    """Read expected.toml.

    Raises ConfigError, also for a row about no case, and a reason that is still to be written.
    """
    expected = expected_rows(path)
    for number, each in enumerate(expected, 1):
        if not any(each.names(case.id, case.number) for case in CASES.values()):
            hint = nearest(each.case, [*CASES, *(case.number for case in CASES.values())])
            raise ConfigError(
                f"{path}: expected {number}: case: no case is named {each.case!r}{hint}"
            )
        if each.reason in ("", _TODO):
            raise ConfigError(f"{path}: expected {number}: reason: write why {each.case} is so")
    return expected


def expected_rows(path: str) -> list[ExpectedVerdict]:
    """The rows of expected.toml, whatever they are about. Raises ConfigError."""
    file = TomlTable(read_toml(path), path)
    expected = [_expected(table) for table in file.tables("expected")]
    file.close()
    return expected


def _expected(table: TomlTable) -> ExpectedVerdict:
    row = ExpectedVerdict(
        case=table.take("case", toml_text),
        verdict=table.take("verdict", toml_one_of(ORDER)),
        reason=table.take("reason", toml_text),
        version=table.take("version", toml_text, "*"),
        flaky=table.take("flaky", toml_flag, False),
    )
    table.close()
    return row


def expected_of(
    expected: Iterable[ExpectedVerdict], case: str, number: str, version: str
) -> ExpectedVerdict | None:
    """The first row about a case; None if there is none."""
    return next((each for each in expected if each.is_about(case, number, version)), None)


def with_expected(
    result: CaseResult, expected: Iterable[ExpectedVerdict], version: str
) -> CaseResult:
    """The result, and what was expected of it."""
    row = expected_of(expected, result["id"], result["number"], version)
    if row is None:
        return result
    return {**result, "expected": row.verdicts, "expected_reason": row.reason}


def expected_toml(
    results: Sequence[CaseResult], known: Sequence[ExpectedVerdict], version: str
) -> str:
    """The text of an expected.toml for these results of a version of a client.

    Rows that are known are kept, as long as no result contradicts them.
    """
    kept = [row for row in known if all(_agrees(row, result, version) for result in results)]
    new = [
        ExpectedVerdict(
            case=result["id"], verdict=result["verdict"], reason=_reason(result, known, version)
        )
        for result in results
        if result["verdict"] in _WORTH_WRITING
        and expected_of(kept, result["id"], result["number"], version) is None
    ]
    return "\n".join(map(_row, [*kept, *new]))


def _agrees(row: ExpectedVerdict, result: CaseResult, version: str) -> bool:
    about = row.is_about(result["id"], result["number"], version)
    return not about or row.expects(result["verdict"])


def _reason(result: CaseResult, known: Iterable[ExpectedVerdict], version: str) -> str:
    row = expected_of(known, result["id"], result["number"], version)
    return row.reason if row and row.expects(result["verdict"]) else _TODO


def _row(row: ExpectedVerdict) -> str:
    told = {"case": row.case, "verdict": row.verdict, "reason": row.reason}
    told |= {} if row.version == "*" else {"version": row.version}
    lines = [f"{name} = {json.dumps(text)}" for name, text in told.items()]
    lines += ["flaky = true"] if row.flaky else []
    return "\n".join(["[[expected]]", *lines, ""])
