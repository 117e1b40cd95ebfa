"""check: a verdict on a client for each case."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import select
from pop3lab.cases.evidence import Calibration
from pop3lab.cases.passive import NOTHING, OnWire, with_others
from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.calibration import calibrate
from pop3lab.checking.case_run import CheckSettings, NotApplicable
from pop3lab.checking.tries import Try, decided, try_case
from pop3lab.clients.function import ClientFunction, FunctionClient
from pop3lab.clients.job import Client
from pop3lab.report.case_results import results_of
from pop3lab.report.folder import ReportFolder

_WAITING = 16  # cases at once in which somebody waits, and nobody works

Calibrations = Mapping[str, Calibration | None]  # by the means of cases; None: it has none

OnVerdict = Callable[[CaseVerdict], object]


def check(
    client: ClientFunction,
    cases: str | Sequence[str] = "*",
    *,
    claims: Iterable[str] = (),
    timeout: float = 2.0,
    jobs: int | None = None,
    seed: int = 1,
    out: str | os.PathLike[str] | None = None,
) -> Report:
    """Try a client in many situations, and judge what it does.

    Args:
        client: A function that is given a job and fetches all messages. It yields each as bytes
            once it has come whole, and before it deletes it; it raises if anything fails, and
            NotImplementedError if it can't do the job.
        cases: The cases, by id, number, group or clause, with * and ? for any text; all by default.
        claims: What the client promises: "remembers" which messages it has fetched, "timeout" that
            it gives up on a silent server. Only promises are held against it.
        timeout: Seconds after which the client is to give up on a silent server.
        jobs: How many cases run at the same time; None for the number of processors.
        seed: The seed of the marks in messages.
        out: A folder for the report as pages, results.json and JUnit; none by default.

    Returns:
        The report, with a verdict for each case.

    Raises:
        ConfigError: There is no such case, or pages are wanted without pop3lab[check].
        OSError: The folder can't be written.
    """
    words = [cases] if isinstance(cases, str) else cases
    settings = CheckSettings(timeout=timeout, claims=tuple(claims), seed=seed)
    driven, chosen = FunctionClient(client), select(words)
    if out is None:
        return check_client(driven, chosen, settings, jobs=jobs)
    folder = ReportFolder(os.fspath(out), {"client": driven.name, "seed": seed})
    report = check_client(driven, chosen, settings, jobs=jobs, on_verdict=folder.add)
    folder.finish(results_of(report, date=time.strftime("%Y-%m-%d")))
    return report


def check_client(
    client: Client,
    cases: Sequence[Case],
    settings: CheckSettings,
    *,
    jobs: int | None = None,
    on_verdict: OnVerdict = lambda verdict: None,
    earlier: OnWire = NOTHING,
) -> Report:
    """Try a client however it is driven.

    on_verdict: is told each verdict, in any order. earlier: what the client has said on the wire in
    cases that were tried before.
    """
    calibrations = calibrations_for(cases, client, settings)

    def tried(case: Case) -> Try:
        return try_case(case, client, settings, calibrations[case.means])

    def report(verdict: CaseVerdict, *, passive: bool) -> None:
        if verdict.case.passive is passive:
            on_verdict(verdict)

    known = _verdicts(cases, tried, jobs, partial(report, passive=False))
    verdicts = with_others(known, earlier)
    for verdict in verdicts:
        report(verdict, passive=True)
    return Report(
        client=client.name,
        kind=client.kind,
        claims=settings.claims,
        verdicts=verdicts,
        calibrations={means: one for means, one in calibrations.items() if one},
        seed=settings.seed,
    )


def _verdicts(
    cases: Sequence[Case], tried: Callable[[Case], Try], jobs: int | None, tell: OnVerdict
) -> list[CaseVerdict]:
    """Try all; and alone, behind the others, those of which the first verdict is doubtful."""

    def first(case: Case) -> Try:
        one = tried(case)
        if not one.is_doubtful:
            tell(one.verdict)
        return one

    def alone(one: Try) -> CaseVerdict:
        verdict = decided(one, partial(tried, one.verdict.case))
        tell(verdict)
        return verdict

    tries = _side_by_side(cases, first, jobs)
    return [alone(each) if each.is_doubtful else each.verdict for each in tries]


def _side_by_side(
    cases: Iterable[Case], tried: Callable[[Case], Try], jobs: int | None
) -> list[Try]:
    """Try all, so many at once, and more of those that cost nothing."""
    many = jobs or os.cpu_count() or 1
    with ThreadPoolExecutor(many) as working, ThreadPoolExecutor(_WAITING) as waiting:
        futures: list[Future[Try]] = [
            (waiting if case.costs_nothing and many > 1 else working).submit(tried, case)
            for case in cases
        ]
        try:
            return [future.result() for future in futures]
        except BaseException:  # such as KeyboardInterrupt
            for future in futures:
                future.cancel()
            raise


def calibrations_for(
    cases: Iterable[Case], client: Client, settings: CheckSettings
) -> Calibrations:
    """What is learned of a client for all of these cases."""
    of_means: dict[str, list[Case]] = {}
    for case in cases:
        of_means.setdefault(case.means, []).append(case)
    return {means: calibrated(client, settings, of_means[means]) for means in sorted(of_means)}


def calibrated(
    client: Client, settings: CheckSettings, cases: Sequence[Case]
) -> Calibration | None:
    """What is learned of a client, by the means of these cases; None if the client has none."""
    keeps = any(case.operation == "keep" for case in cases)
    try:
        return calibrate(client, settings, cases[0], keeps=keeps)
    except NotApplicable:
        return None
