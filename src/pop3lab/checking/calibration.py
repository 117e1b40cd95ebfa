"""Calibration: what a client does with a server by the book, learned before anything is judged."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from pop3lab.cases.case import Case, Operation
from pop3lab.cases.evidence import Calibration, Evidence, RunSeen
from pop3lab.cases.judges.outcome import new_lines
from pop3lab.cases.marked import scan
from pop3lab.cases.treatment import learned
from pop3lab.checking.case_run import CaseRun, CheckSettings, NotApplicable
from pop3lab.clients.job import Client

_WHY = "calibration"
_MORE = 2  # tries of a client that was kept from what it must be able to do


def _trial(name: str, **more: object) -> Case:
    """A situation that nobody is judged in."""
    row = {"number": "0", "id": f"calibration/{name}", "situation": name, "why": _WHY}
    return Case(**row, expected=_WHY, **more)  # type: ignore[arg-type]


_FETCH = _trial("fetch-delete")
_EMPTY = _trial("empty", rules="*: list-empty")
_PASSWORD = _trial("wrong-password", wrong_password=True)
_REFUSED = _trial("refused", refused=True)


def calibrate(
    client: Client, settings: CheckSettings, case: Case, *, keeps: bool = False
) -> Calibration:
    """Learn it, with the TLS and the login of this case. keeps: also how the client keeps mail.

    Raises NotApplicable where the client has no such way.
    """

    def evidence(trial: Case, operation: Operation) -> Evidence:
        asked = replace(trial, tls=case.tls, auth=case.calibrated_auth, operation=operation)
        seen = CaseRun(asked, client, settings).evidence()
        for _ in range(_MORE):
            if trial is _FETCH and seen.disturbed and _wrong(seen):  # perhaps the machine is busy
                seen = CaseRun(asked, client, settings).evidence()
        return seen

    operation: Operation = "delete"
    try:
        fetched = evidence(_FETCH, operation)
    except NotApplicable:  # perhaps it only keeps
        operation = "keep"
        fetched = evidence(_FETCH, operation)
    run = fetched.runs[0]
    if case.calibrated_auth and not _says(case.calibrated_auth, run):
        raise NotApplicable
    if wrong := _wrong(fetched):
        return Calibration(wrong=wrong)
    kept = _kept(evidence) if keeps and operation == "delete" else None
    others = [evidence(trial, operation).runs[0] for trial in (_EMPTY, _PASSWORD, _REFUSED)]
    empty, refusal, nobody = others
    runs = [run, *others, *(kept.runs if kept else ())]
    does = _treatments(fetched) | (_treatments(kept) if kept else set())
    return Calibration(
        does=tuple(sorted({*does, *client.treatments})),
        nothing=empty.exit if empty.ended == "itself" else "",
        password=refusal.exit,
        refused=nobody.exit,
        lines=frozenset[str]().union(*(new_lines(each.output) for each in runs)),
        pipelines=any(command.early for each in runs for _, command in each.commands()),
        wrong_keep=_wrong(kept) if kept else "",
    )


def _kept(evidence: Callable[[Case, Operation], Evidence]) -> Evidence | None:
    """How the client fetches and keeps; None if it can't."""
    try:
        return evidence(_FETCH, "keep")
    except NotApplicable:
        return None


def _says(auth: str, run: RunSeen) -> bool:
    """Whether the client has tried this way; any other is of one that lacks it."""
    names = {auth.upper(), f"{auth.upper()}-PLUS"}
    tried = (command for _, command in run.commands("AUTH"))
    apop = auth == "apop" and any(run.commands("APOP"))
    return apop or any(names.intersection(command.line.upper().split()) for command in tried)


def _treatments(fetched: Evidence) -> set[str]:
    """What the client has done to each message, as far as that explains it."""
    return {name for names in _learned(fetched) for name in names or ()}


def _learned(fetched: Evidence) -> Iterator[tuple[str, ...] | None]:
    texts = list(fetched.stored.values())
    for delivered in fetched.runs[0].delivered:
        number = scan(fetched.token, delivered.octets).number
        yield learned(texts[number - 1], delivered.octets)


def _wrong(fetched: Evidence) -> str:
    """Why the client can't be judged; empty if it can."""
    run, messages = fetched.runs[0], len(fetched.stored)
    if run.ended != "itself":
        return "it does not end with a server by the book"
    if not run.success:
        return f"it fails with a server by the book ({run.exit})"
    if len(run.delivered) != messages:
        return f"it delivered {len(run.delivered)} of {messages} messages"
    if run.remaining and fetched.case.operation == "delete":
        return f"it left {len(run.remaining)} of {messages} messages on the server"
    if None in _learned(fetched):
        return "what it delivers is not what it was sent"
    return ""
