"""results.json: all verdicts, for programs. Nothing but timing changes between two equal runs."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Literal, NotRequired, TypedDict

from pop3lab.cases.case import Grade
from pop3lab.cases.judges.judge import Finding
from pop3lab.cases.verdict import VerdictWord
from pop3lab.core.errors import ConfigError
from pop3lab.core.optional_import import import_optional

SCHEMA_VERSION = 1

# From good to bad; those behind pass and info are told of in a line each.
_JUDGED: tuple[VerdictWord, ...] = ("pass", "info", "warn", "fail")
ORDER: tuple[VerdictWord, ...] = (*_JUDGED, "not-applicable", "not-reached", "unjudged")


class FindingResult(TypedDict):
    """A finding. quotes: the lines of the transcript that decide, without their times."""

    id: str
    grade: str
    text: str
    run: int
    session: int
    lines: list[int]
    quotes: list[str]
    file: str


class CopyResult(TypedDict):
    """A message that was delivered. number: 0 for a text that the server never had."""

    number: int
    extent: str
    octets: int


class RunResult(TypedDict):
    """A run. deleted, remaining: numbers of messages, by their place at first."""

    operation: str
    success: bool
    exit: str
    ended: str
    delivered: list[CopyResult]
    deleted: list[int]
    remaining: list[int]


class TimingResult(TypedDict):
    """What each run took: seconds, seconds of the processor, and the most octets of memory.

    tries: the verdicts of all tries, if a busy machine may have made the first.
    """

    seconds: list[float]
    cpu: list[float]
    rss: list[int]
    tries: NotRequired[list[str]]


class CaseResult(TypedDict):
    """A case. should: what a client should do. told_by: "machine", or "person"."""

    id: str
    number: str
    revision: int
    situation: str
    why: str
    should: str
    clause: str
    rules: str
    source: str
    verdict: VerdictWord
    reason: str
    ending: str
    told_by: Literal["machine", "person"]
    findings: list[FindingResult]
    runs: list[RunResult]
    transcript: str
    timing: NotRequired[TimingResult]
    expected: NotRequired[str]
    expected_reason: NotRequired[str]


class ClientResult(TypedDict):
    """A client. driver: a digest of what drives it; empty for a function."""

    name: str
    version: str
    kind: str
    claims: list[str]
    driver: str
    command: str


class CalibrationResult(TypedDict):
    """What a server by the book has shown. exit: how runs end that fail, or find nothing."""

    does: list[str]
    exit: dict[str, str]
    wrong: str


class Results(TypedDict):
    """All of results.json."""

    schema: int
    pop3lab: str
    catalogue: int
    seed: int
    date: str
    client: ClientResult
    calibration: dict[str, CalibrationResult]
    cases: list[CaseResult]
    summary: dict[str, int]


def results_json(results: Results) -> str:
    """The text of results.json."""
    return json.dumps(results, indent=2, sort_keys=True) + "\n"


def results_schema() -> str:
    """The JSON Schema of results.json."""
    return (files("pop3lab.report") / "results.schema.json").read_text("utf-8")


def read_results(path: str) -> Results:
    """Read results.json, also of another version. Raises ConfigError."""
    jsonschema = import_optional("jsonschema", "reading results.json", "check")
    try:
        with open(path, encoding="utf-8") as file:
            results: Results = json.load(file)
        jsonschema.validate(results, json.loads(results_schema()))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not JSON: {error}") from None
    except jsonschema.ValidationError as error:
        raise ConfigError(f"{path}: {error.json_path}: {error.message}") from None
    return results


def summary_of(cases: Iterable[CaseResult]) -> dict[str, int]:
    """How many cases there are of each verdict."""
    counts = Counter(case["verdict"] for case in cases)
    return {word: counts[word] for word in ORDER}


def present_counts(cases: Iterable[CaseResult]) -> list[tuple[str, int]]:
    """The verdicts that there are, and how many of each."""
    return [(word, count) for word, count in summary_of(cases).items() if count]


def judged_cases(counts: Mapping[str, int]) -> int:
    """How many cases were judged, of the counts of verdicts."""
    return sum(counts[word] for word in _JUDGED)


def group_of(case: CaseResult) -> str:
    """The group of a case, which its id begins with."""
    return case["id"].partition("/")[0]


def file_name(case: str) -> str:
    """The name of the files of a case, without their extensions."""
    return case.replace("/", "-")


def first_sentence(case: CaseResult) -> str:
    """What decides: the gravest finding, or why there is no verdict."""
    return case["findings"][0]["text"] if case["findings"] else case["reason"]


def is_bad(case: CaseResult, *, strict: bool) -> bool:
    """Whether it makes the whole report fail.

    An expected verdict does not, and another than the expected one does. strict: warnings do, too.
    """
    if "expected" in case:
        return not is_expected(case)
    return case["verdict"] == "fail" or (strict and case["verdict"] == "warn")


def is_unjudged(case: CaseResult) -> bool:
    """Whether it could not be judged, and nothing was expected of it."""
    return case["verdict"] == "unjudged" and "expected" not in case


def is_expected(case: CaseResult) -> bool:
    """Whether it has a verdict that was expected."""
    return case["verdict"] in case.get("expected", "").split()


def by_verdict(results: Results, *words: str) -> list[CaseResult]:
    """The cases with these verdicts."""
    return [case for case in results["cases"] if case["verdict"] in words]


def finding_line(finding: FindingResult) -> str:
    """A finding in one line."""
    lines, grade = tuple(finding["lines"]), Grade(finding["grade"])
    return str(Finding(finding["text"], finding["run"], lines=lines, grade=grade, id=finding["id"]))
