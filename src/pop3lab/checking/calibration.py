"""Calibration: what a client does with a server by the book, learned before anything is judged."""

from dataclasses import replace

from pop3lab.cases.case import Case, Operation
from pop3lab.cases.evidence import Calibration, Evidence, RunSeen
from pop3lab.cases.judges.outcome import new_lines
from pop3lab.cases.marked import scan
from pop3lab.cases.treatment import learned
from pop3lab.checking.case_run import CaseRun, CheckSettings, NotApplicable
from pop3lab.clients.job import Client

_WHY = "calibration"


def _trial(name: str, **more: object) -> Case:
    """A situation that nobody is judged in."""
    row = {"number": "0", "id": f"calibration/{name}", "situation": name, "why": _WHY}
    return Case(**row, expected=_WHY, **more)  # type: ignore[arg-type]


_FETCH = _trial("fetch-delete")
_EMPTY = _trial("empty", rules="*: list-empty")
_PASSWORD = _trial("wrong-password", wrong_password=True)
_REFUSED = _trial("refused", refused=True)


def calibrate(client: Client, settings: CheckSettings, case: Case) -> Calibration:
    """Learn it, with the TLS and the login of this case.

    Raises NotApplicable where the client has no such way.
    """
    auth = case.calibrated_auth
    operation: Operation = "delete"

    def evidence(trial: Case) -> Evidence:
        asked = replace(trial, tls=case.tls, auth=auth, operation=operation)
        return CaseRun(asked, client, settings).evidence()

    try:
        fetched = evidence(_FETCH)
    except NotApplicable:  # perhaps it only keeps
        operation = "keep"
        fetched = evidence(_FETCH)
    run = fetched.runs[0]
    if auth and not _says(auth, run):
        raise NotApplicable
    if wrong := _wrong(run, len(fetched.stored), operation):
        return Calibration(wrong=wrong)
    does: set[str] = set()
    texts = list(fetched.stored.values())
    for delivered in run.delivered:
        number = scan(fetched.token, delivered.octets).number
        names = learned(texts[number - 1], delivered.octets)
        if names is None:
            return Calibration(wrong="what it delivers is not what it was sent")
        does.update(names)
    empty, refusal, nobody = (evidence(trial).runs[0] for trial in (_EMPTY, _PASSWORD, _REFUSED))
    return Calibration(
        does=tuple(sorted(does)),
        nothing=empty.exit,
        password=refusal.exit,
        refused=nobody.exit,
        lines=frozenset[str]().union(
            *(new_lines(each.output) for each in (run, empty, refusal, nobody))
        ),
    )


def _says(auth: str, run: RunSeen) -> bool:
    """Whether the client has tried this way; any other is of one that lacks it."""
    names = {auth.upper(), f"{auth.upper()}-PLUS"}
    tried = (command for _, command in run.commands("AUTH"))
    apop = auth == "apop" and any(run.commands("APOP"))
    return apop or any(names.intersection(command.line.upper().split()) for command in tried)


def _wrong(run: RunSeen, messages: int, operation: Operation) -> str:
    """Why the client can't be judged; empty if it can."""
    if run.ended != "itself":
        return "it does not end with a server by the book"
    if not run.success:
        return f"it fails with a server by the book ({run.exit})"
    if len(run.delivered) != messages:
        return f"it delivered {len(run.delivered)} of {messages} messages"
    if run.remaining and operation == "delete":
        return f"it left {len(run.remaining)} of {messages} messages on the server"
    return ""
