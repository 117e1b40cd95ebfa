"""check: a verdict on a client for each case."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from pop3lab.cases.case import Case, JobTls
from pop3lab.cases.catalogue import select
from pop3lab.cases.evidence import Calibration
from pop3lab.cases.passive import NOTHING, OnWire, with_others
from pop3lab.cases.report import Report
from pop3lab.cases.verdict import CaseVerdict, verdict_of
from pop3lab.checking.calibration import calibrate
from pop3lab.checking.case_run import CaseRun, CheckSettings, NotApplicable
from pop3lab.clients.function import ClientFunction, FunctionClient
from pop3lab.clients.job import Client
from pop3lab.report.case_results import results_of
from pop3lab.report.folder import ReportFolder

_WAITING = 16  # cases at once in which somebody waits, which costs nothing
_LACKS: Mapping[JobTls, str] = {
    "": "the client can't fetch without TLS",
    "stls": "the client has no STLS",
    "implicit": "the client has no implicit TLS",
}

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

    def tried(case: Case) -> _Trial:
        return _try(case, client, settings, calibrations[case.means])

    def report(verdict: CaseVerdict) -> CaseVerdict:
        if not verdict.case.passive:  # until all others are known
            on_verdict(verdict)
        return verdict

    def tried_first(case: Case) -> _Trial:
        trial = tried(case)
        if not trial.is_doubtful:
            report(trial.verdict)
        return trial

    trials = _side_by_side(cases, tried_first, jobs or os.cpu_count() or 1)
    alone = [
        report(tried(trial.verdict.case).verdict) if trial.is_doubtful else trial.verdict
        for trial in trials
    ]
    verdicts = with_others(alone, earlier)
    for verdict in verdicts:
        if verdict.case.passive:
            on_verdict(verdict)
    return Report(
        client=client.name,
        kind=client.kind,
        claims=settings.claims,
        verdicts=verdicts,
        calibrations={means: one for means, one in calibrations.items() if one},
        seed=settings.seed,
    )


def _side_by_side(
    cases: Iterable[Case], tried: Callable[[Case], "_Trial"], many: int
) -> list["_Trial"]:
    """Try all, so many at once, and more of those in which somebody waits."""
    with ThreadPoolExecutor(many) as working, ThreadPoolExecutor(_WAITING) as waiting:
        futures: list[Future[_Trial]] = [
            (waiting if case.waits and many > 1 else working).submit(tried, case) for case in cases
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
    of_means = {case.means: case for case in cases}
    return {means: calibrated(client, settings, of_means[means]) for means in sorted(of_means)}


def calibrated(client: Client, settings: CheckSettings, case: Case) -> Calibration | None:
    """What is learned of a client, by the means of this case; None if the client has none."""
    try:
        return calibrate(client, settings, case)
    except NotApplicable:
        return None


class _Trial(NamedTuple):
    """A verdict. disturbed: a busy machine may have made it."""

    verdict: CaseVerdict
    disturbed: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Whether the case must be tried again, alone: time decides nothing at once."""
        return self.disturbed and self.verdict.verdict not in ("pass", "not-applicable")


def try_case(
    case: Case, client: Client, settings: CheckSettings, calibration: Calibration | None
) -> CaseVerdict:
    """The verdict on a client in one case; of a second run, if the first is doubtful."""
    trial = _try(case, client, settings, calibration)
    return _try(case, client, settings, calibration).verdict if trial.is_doubtful else trial.verdict


def _try(
    case: Case, client: Client, settings: CheckSettings, calibration: Calibration | None
) -> _Trial:
    if calibration is None:
        reason = _lack(case)
        return _Trial(CaseVerdict(case=case, verdict="not-applicable", reason=reason))
    if calibration.wrong:
        reason = f"calibration: {calibration.wrong}"
        return _Trial(CaseVerdict(case=case, verdict="unjudged", reason=reason))
    run = CaseRun(case, client, settings, calibration)
    try:
        return _Trial(verdict_of(run.evidence()), run.disturbed)
    except NotApplicable:
        reason = "the client can't do this"
        return _Trial(CaseVerdict(case=case, verdict="not-applicable", reason=reason))
    except Exception as error:  # noqa: BLE001 - the other cases go on
        reason = f"pop3lab failed: {type(error).__name__}: {error}"
        return _Trial(CaseVerdict(case=case, verdict="unjudged", reason=reason))


def _lack(case: Case) -> str:
    return f"the client does not log in by {case.auth.upper()}" if case.auth else _LACKS[case.tls]
