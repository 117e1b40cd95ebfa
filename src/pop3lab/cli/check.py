"""`pop3lab check`: a verdict on a program that fetches mail."""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

from pop3lab._version import __version__
from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import quick, select
from pop3lab.cases.report import CATALOGUE, Report
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.by_hand import check_by_hand
from pop3lab.checking.case_run import CheckSettings
from pop3lab.checking.check import OnVerdict, check_client
from pop3lab.checking.expected_verdicts import (
    ExpectedVerdict,
    expected_toml,
    read_expected,
    with_expected,
)
from pop3lab.cli.chosen_driver import ChosenDriver, choose_driver
from pop3lab.cli.client_page import client_page
from pop3lab.cli.client_runs import ClientRuns
from pop3lab.cli.page_options import WEB_OPTIONS
from pop3lab.cli.progress import CaseProgress
from pop3lab.cli.terminal import Terminal, free_port
from pop3lab.cli.words import read_words
from pop3lab.clients.loader import CLAIMS_OF_CLIENTS
from pop3lab.clients.process import ProcessClient
from pop3lab.config.option import Option
from pop3lab.config.types import FILE, FLAG, FOLDER, NAME, SOME_DURATION, integer, one_of
from pop3lab.core.errors import ConfigError
from pop3lab.files.writing import write_whole
from pop3lab.report.case_results import results_of
from pop3lab.report.folder import ReportFolder
from pop3lab.report.results import Results, is_bad, is_unjudged
from pop3lab.report.words import overview_text

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
        FLAG,
        "try only the groups basic, data, tls, retr and delete",
        name="quick",
        default=False,
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
    Option(
        "options",
        integer(1, 65_535),
        "send each reply in packets of this number of octets, except where very much is sent",
        name="slice",
    ),
    Option(
        "options", FOLDER, "write the report to this folder", name="out", default="pop3lab-report"
    ),
    Option(
        "options",
        FLAG,
        "go on where a run with the same client was stopped",
        name="resume",
        default=False,
    ),
    Option("options", FILE, "read from here which verdicts are expected", name="expected"),
    Option(
        "options",
        FLAG,
        "write the verdicts to the file of --expected, with reasons to be filled in",
        name="write-expected",
        default=False,
    ),
    Option(
        "options",
        FLAG,
        "have a person work the client, and ask what the server can't see",
        name="by-hand",
        default=False,
    ),
    Option(
        "options",
        integer(0, 65_535, "PORT"),
        "the port for --by-hand; if unset, one that is free",
        name="port",
        default=0,
    ),
    Option(
        "options",
        FLAG,
        "wait for all cases of --by-hand at once, each at a port of its own, 31000 + 100 x group "
        "+ number",
        name="ports",
        default=False,
    ),
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
    *WEB_OPTIONS,
)


def run(command: str, words: Sequence[str]) -> int:
    """Try the client. Raises ConfigError, OSError."""
    given, program = _split(words)
    values, operands = read_words(OPTIONS, given)
    found: Mapping[str, Any] = values
    expected = _expected(found)
    cases = select(found["cases"] or ["*"])
    cases = quick(cases) if found["quick"] else cases
    if found["by_hand"]:
        if words := [*operands, *program]:
            raise ConfigError(f"--by-hand has no driver: leave out {words[0]!r}")
        with client_page(found) as page:
            return _by_hand(found, cases, expected, page)
    chosen = choose_driver(operands, program)
    with client_page(found) as page:
        return _by_driver(found, chosen, cases, expected, page)


def _by_driver(
    found: Mapping[str, Any],
    chosen: ChosenDriver,
    cases: Sequence[Case],
    expected: Sequence[ExpectedVerdict],
    page: ClientRuns,
) -> int:
    """Try a client that a driver starts. page: shows how far it is."""
    settings = CheckSettings(
        timeout=found["timeout"],
        claims=tuple(found["claim"] or chosen.driver.claims),
        seed=found["seed"],
        slice=found["slice"] or 0,
    )
    folder = ReportFolder(found["out"], _identity(chosen, settings), resume=found["resume"])
    run = page.new("command", chosen.driver.name, len(cases), folder.path)
    report = _report(
        chosen,
        settings,
        cases,
        folder,
        jobs=found["jobs"],
        on_verdict=partial(page.add_verdict, run),
    )
    results = results_of(
        report,
        [with_expected(folder.known[case.id], expected, report.version) for case in cases],
        date=time.strftime("%Y-%m-%d"),
        driver=chosen.digest,
        command=f"pop3lab check {chosen.words}",
    )
    code = _finish(results, folder, found, expected)
    page.ended(run)
    return code


def _by_hand(
    found: Mapping[str, Any],
    cases: Sequence[Case],
    expected: Sequence[ExpectedVerdict],
    page: ClientRuns,
) -> int:
    """Have a person try a client, whose cases are those that the person came to."""
    port = found["port"] or free_port()
    settings = CheckSettings(claims=tuple(found["claim"]), seed=found["seed"], port=port)
    identity = {"pop3lab": __version__, "client": "by hand", "seed": settings.seed}
    folder = ReportFolder(found["out"], identity, resume=found["resume"])
    rest = [case for case in cases if case.id not in folder.known]
    run = page.new("by hand", "by hand", len(rest), folder.path)
    person = page.person_for(run) if found["web"] else Terminal()

    def on_verdict(verdict: CaseVerdict) -> None:
        folder.add(verdict, told_by="person")
        page.add_verdict(run, verdict)

    report = check_by_hand(person, rest, settings, ports=found["ports"], on_verdict=on_verdict)
    known = [folder.known[case.id] for case in cases if case.id in folder.known]
    results = results_of(
        report,
        [with_expected(case, expected, "") for case in known],
        date=time.strftime("%Y-%m-%d"),
        command="pop3lab check --by-hand",
    )
    code = _finish(results, folder, found, expected)
    page.ended(run)
    return code


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The words of our own, and those behind -- of the client's command line."""
    at = list(words).index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def _expected(found: Mapping[str, Any]) -> list[ExpectedVerdict]:
    path = found["expected"]
    if found["write_expected"] and not path:
        raise ConfigError("--write-expected needs --expected FILE, which it writes")
    begins = found["write_expected"] and path and not os.path.exists(path)
    return read_expected(path) if path and not begins else []


def _identity(chosen: ChosenDriver, settings: CheckSettings) -> Mapping[str, object]:
    """What a run must have in common with the one that it goes on with."""
    told = f"{settings.timeout} {settings.claims} {settings.slice}"
    return {
        "pop3lab": __version__,
        "catalogue": CATALOGUE,
        "client": chosen.driver.name,
        "version": chosen.version,
        "driver": chosen.digest,
        "settings": sha256(told.encode()).hexdigest(),
        "seed": settings.seed,
    }


def _report(
    chosen: ChosenDriver,
    settings: CheckSettings,
    cases: Sequence[Case],
    folder: ReportFolder,
    *,
    jobs: int | None,
    on_verdict: OnVerdict,
) -> Report:
    """Try the client in all cases that the folder does not know."""
    rest = [case for case in cases if case.id not in folder.known]
    with CaseProgress(rest) as progress:

        def show(verdict: CaseVerdict) -> None:
            progress.show(folder.add(verdict))
            on_verdict(verdict)

        client = ProcessClient(chosen.driver)
        report = check_client(
            client, rest, settings, jobs=jobs, on_verdict=show, earlier=folder.on_wire
        )
    return replace(report, version=chosen.version)


def _finish(
    results: Results,
    folder: ReportFolder,
    found: Mapping[str, Any],
    expected: Sequence[ExpectedVerdict],
) -> int:
    strict, cases = bool(found["strict"]), results["cases"]
    sys.stdout.write(overview_text(results, verbose=bool(found["verbose"])))
    if found["write_expected"]:
        text = expected_toml(cases, expected, results["client"]["version"])
        write_whole(str(found["expected"]), text.encode())
    page = _write(results, folder, strict=strict)
    sys.stdout.write(f"report: {os.path.join(folder.path, page)}\n")
    if any(map(is_unjudged, cases)) and not found["allow_unjudged"]:
        return _UNJUDGED
    return _BAD if any(is_bad(case, strict=strict) for case in cases) else _CLEAN


def _write(results: Results, folder: ReportFolder, *, strict: bool) -> str:
    """Write the report; return the name of the file to look at. Raises OSError."""
    try:
        folder.finish(results, strict=strict)
    except ConfigError as error:
        sys.stderr.write(f"pop3lab: {error}\n")
        return "results.json"
    return "index.html"
