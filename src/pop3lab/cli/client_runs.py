"""Runs of cases with a client, as they are shown over HTTP."""

import time
from collections.abc import Callable, Mapping, Sequence
from tempfile import mkdtemp
from threading import Thread

from pop3lab._version import __version__
from pop3lab.cases.case import Case
from pop3lab.cases.catalogue import select
from pop3lab.cases.verdict import CaseVerdict
from pop3lab.checking.by_hand import check_by_hand
from pop3lab.checking.case_run import CheckSettings
from pop3lab.checking.remote_person import RemotePerson
from pop3lab.cli.terminal import free_port
from pop3lab.core.errors import ConfigError
from pop3lab.report.case_results import results_of
from pop3lab.report.folder import ReportFolder
from pop3lab.web.live_events import LiveEvents
from pop3lab.web.shapes import case_shape

_REPORT = "/api/v1/runs/{}/report/index.html"


class ClientRun:
    """A run. kind: "by hand" or "command". person: who is asked, if anybody is."""

    def __init__(self, number: int, kind: str, client: str, cases: int, folder: str) -> None:
        self.number = number
        self.folder = folder
        self.person: RemotePerson | None = None
        self.done = False
        self._kind = kind
        self._client = client
        self._cases = cases
        self._verdicts: list[dict[str, object]] = []

    def add(self, verdict: CaseVerdict) -> dict[str, object]:
        """Add a verdict; return it in JSON."""
        shape: dict[str, object] = {
            "run": self.number,
            "case": verdict.case.id,
            "number": verdict.case.number,
            "verdict": verdict.verdict,
            "reason": verdict.reason,
            "findings": [str(finding) for finding in verdict.findings],
        }
        self._verdicts.append(shape)
        return shape

    @property
    def shape(self) -> dict[str, object]:
        """The run in JSON."""
        person = None if self.done else self.person
        question = person.question if person else None
        state = "done" if self.done else "asking" if question else "running"
        return {
            "run": self.number,
            "kind": self._kind,
            "client": self._client,
            "state": state,
            "case": case_shape(person.case) if person and person.case else None,
            "nth": person.run if person else 0,
            "account": _account(person) if person else None,
            "question": {**question._asdict(), "answers": [*question.answers]}
            if question
            else None,
            "total": self._cases,
            "verdicts": list(self._verdicts),
            "report": _REPORT.format(self.number) if self.done else None,
        }


def _account(person: RemotePerson) -> dict[str, object] | None:
    if person.job is None:
        return None
    names = "host port user password tls auth ca_file delete"
    shape = {name: getattr(person.job, name) for name in names.split()}
    return {**shape, "password": person.job.token or person.job.password}


class ClientRuns:
    """All runs of a process: those from the command line, and those by hand over HTTP."""

    def __init__(self) -> None:
        self._runs: dict[int, ClientRun] = {}
        self.live = LiveEvents()

    def new(self, kind: str, client: str, cases: int, folder: str) -> ClientRun:
        """Note a run that begins."""
        number = len(self._runs) + 1
        run = self._runs[number] = ClientRun(number, kind, client, cases, folder)
        self.publish(run)
        return run

    def publish(self, run: ClientRun) -> None:
        """Tell those who watch how far a run is."""
        self.live.publish("run", run.shape)

    def add_verdict(self, run: ClientRun, verdict: CaseVerdict) -> None:
        """Tell those who watch a verdict."""
        self.live.publish("verdict", run.add(verdict))

    def ended(self, run: ClientRun) -> None:
        """Note that a run is over, and its report is written."""
        run.done = True
        self.publish(run)

    def person_for(self, run: ClientRun) -> RemotePerson:
        """Return the person who is led through a run."""
        run.person = RemotePerson(lambda: self.publish(run))
        return run.person

    def all(self) -> Sequence[Mapping[str, object]]:
        """All runs in JSON."""
        return [run.shape for run in self._runs.values()]

    def get(self, run: int) -> Mapping[str, object]:
        """One run in JSON. Raises LookupError."""
        return self._runs[run].shape

    def start(self, cases: Sequence[str]) -> Mapping[str, object]:
        """Start a run by hand, with a report in a folder of its own. Raises ConfigError."""
        chosen = select(list(cases) or ["*"])
        if busy := [run for run in self._runs.values() if not run.done]:
            raise ConfigError(f"run {busy[0].number} is not done: end it first")
        folder = mkdtemp(prefix="pop3lab-report-")
        run = self.new("by hand", "by hand", len(chosen), folder)
        person = self.person_for(run)
        work = Thread(target=self._lead, args=(run, person, chosen), daemon=True)
        work.start()
        return run.shape

    def _lead(self, run: ClientRun, person: RemotePerson, cases: Sequence[Case]) -> None:
        settings = CheckSettings(port=free_port())
        folder = ReportFolder(run.folder, {"pop3lab": __version__, "client": "by hand"})

        def on_verdict(verdict: CaseVerdict) -> None:
            folder.add(verdict, told_by="person")
            self.add_verdict(run, verdict)

        try:
            report = check_by_hand(person, cases, settings, on_verdict=on_verdict)
            results = results_of(report, [*folder.known.values()], date=time.strftime("%Y-%m-%d"))
            folder.finish(results)
        finally:
            self.ended(run)

    def answer(self, run: int, answer: str) -> Mapping[str, object]:
        """Answer a question. Raises LookupError, ConfigError."""
        return self._asked(run, lambda person: person.answer(answer))

    def skip(self, run: int) -> Mapping[str, object]:
        """Leave out a case. Raises LookupError, ConfigError."""
        return self._asked(run, lambda person: person.skip())

    def leave(self, run: int) -> Mapping[str, object]:
        """End a run. Raises LookupError, ConfigError."""
        return self._asked(run, lambda person: person.leave())

    def _asked(self, run: int, act: Callable[[RemotePerson], None]) -> Mapping[str, object]:
        known = self._runs[run]
        if known.person is None:
            raise ConfigError(f"run {run} was started on the command line: end it there")
        act(known.person)
        return known.shape

    def report(self, run: int) -> str:
        """Return the folder of the report. Raises LookupError."""
        return self._runs[run].folder
