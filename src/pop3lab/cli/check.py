"""`pop3lab check`: a verdict on a program that fetches mail."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pop3lab.cases.catalogue import select
from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.case_run import CheckSettings
from pop3lab.checking.check import check_client
from pop3lab.cli.words import read_words
from pop3lab.clients.driver import Driver, driver_of_command
from pop3lab.clients.loader import CLAIMS_OF_CLIENTS, load_driver, shipped_drivers
from pop3lab.clients.process import ProcessClient, version_of
from pop3lab.config.option import Option
from pop3lab.config.types import FLAG, FOLDER, NAME, SOME_DURATION, integer, one_of
from pop3lab.core.errors import ConfigError
from pop3lab.core.suggest import nearest
from pop3lab.report.folder import write_report
from pop3lab.report.words import is_bad, overview_text

_CLEAN, _BAD, _UNJUDGED = 0, 1, 3

OPTIONS = (
    Option(
        "options",
        NAME,
        "try only these cases: an id, a number, a group or a clause, with * and ? for any text; "
        "'not NAME' leaves some out",
        name="cases",
        many=True,
        default=(),
    ),
    Option(
        "options",
        one_of(*CLAIMS_OF_CLIENTS),
        "a promise of the client, which is held against it; those of the driver if unset",
        name="claim",
        many=True,
        default=(),
    ),
    Option(
        "options",
        SOME_DURATION,
        "tell the client to give up on a silent server after this time",
        name="timeout",
        default=2.0,
    ),
    Option(
        "options",
        integer(1, 1000),
        "run this number of cases at the same time; if unset, the number of processors",
        name="jobs",
    ),
    Option("options", integer(0, 10**9), "seed of the marks in messages", name="seed", default=1),
    Option("options", FOLDER, "write the report to this folder", name="out"),
    Option("options", FLAG, "take warnings for failures", name="strict", default=False),
    Option(
        "options",
        FLAG,
        "exit with 0 although some cases could not be judged",
        name="allow-unjudged",
        default=False,
    ),
    Option(
        "options",
        FLAG,
        "show each finding with the lines of the transcript that decide",
        name="verbose",
        default=False,
    ),
)


def run(command: str, words: Sequence[str]) -> int:
    """Try the client. Raises ConfigError, OSError."""
    given, program = _split(words)
    values, operands = read_words(OPTIONS, given)
    found: Mapping[str, Any] = values
    driver = _driver(operands, program)
    settings = CheckSettings(
        timeout=found["timeout"],
        claims=tuple(found["claim"] or driver.claims),
        seed=found["seed"],
    )
    cases = select(found["cases"] or ["*"])
    progress = _Progress(len(cases))
    client = ProcessClient(driver)
    report = check_client(client, cases, settings, jobs=found["jobs"], on_verdict=progress.show)
    progress.clear()
    return _finish(replace(report, version=version_of(driver)), found)


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The words of our own, and those behind -- of the client's command line."""
    at = list(words).index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def _driver(operands: Sequence[str], program: Sequence[str]) -> Driver:
    if len(operands) + bool(program) != 1:
        raise ConfigError("give one of these: a DRIVER, a FILE.toml, or -- and a command line")
    if program:
        return driver_of_command(program)
    name = operands[0]
    driver = load_driver(name if name.endswith(".toml") else _path_of(name))
    missing = [need for need in driver.needs if shutil.which(need) is None]
    if missing:
        raise FileNotFoundError(2, "is not installed", missing[0])
    return driver


def _path_of(name: str) -> str:
    drivers = shipped_drivers()
    if name not in drivers:
        raise ConfigError(f"there is no driver {name!r}{nearest(name, drivers)}")
    return drivers[name]


def _finish(report: Report, found: Mapping[str, Any]) -> int:
    strict = bool(found["strict"])
    sys.stdout.write(overview_text(report, verbose=bool(found["verbose"])))
    if found["out"]:
        write_report(report, str(found["out"]), strict=strict)
    if report.of("unjudged") and not found["allow_unjudged"]:
        return _UNJUDGED
    return _BAD if any(is_bad(verdict, strict=strict) for verdict in report.verdicts) else _CLEAN


class _Progress:
    """How many cases are done, on a terminal."""

    def __init__(self, cases: int) -> None:
        self._cases = cases
        self._done = 0
        self._on_terminal = sys.stderr.isatty()

    def show(self, verdict: CaseVerdict) -> None:
        """One more is done."""
        self._done += 1
        if self._on_terminal:
            sys.stderr.write(f"\r{self._done} of {self._cases} cases")
            sys.stderr.flush()

    def clear(self) -> None:
        """All are done."""
        if self._on_terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
