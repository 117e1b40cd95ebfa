"""Findings about what the client told whoever ran it."""

import re
from collections.abc import Iterator

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import Evidence, RunSeen
from pop3lab.cases.judges.judge import Finding, at_end, finds

_NUMBER = re.compile(r"\d+")
_EMPTY = "list-empty"  # the rule by which there seems to be no mail
_PLAIN = {"\n", "\r", "\t"}


@finds("SILENT", "the run said success, and what was asked for was not done")
def silent(evidence: Evidence) -> Iterator[Finding]:
    """In a run in which something went wrong. One grade less if it printed something new."""
    for number, run in enumerate(evidence.runs, 1):
        if not run.success or run.ended != "itself" or not _is_reached(evidence, number, run):
            continue
        if undone := _undone(evidence, number, run):
            grade = _less(evidence) if _says_something_new(evidence, run) else None
            yield Finding(f"the run said success, and {undone}", number, *at_end(run), "", grade)


def _is_reached(evidence: Evidence, number: int, run: RunSeen) -> bool:
    case = evidence.case
    applied = any(session.rules for session in run.sessions)
    wrong = not case.rules and not case.is_by_the_book(number)
    return applied or wrong or bool(case.reached)


def _undone(evidence: Evidence, number: int, run: RunSeen) -> str:
    for uid in run.before:
        if not evidence.whole(uid, number):
            return f"message {evidence.number_of(uid)} was not delivered"
    for uid in run.remaining if evidence.case.operation == "delete" else ():
        return f"message {evidence.number_of(uid)} is still on the server"
    return ""


def _less(evidence: Evidence) -> Grade:
    """One grade less than the case says."""
    return Grade.WARN if evidence.case.grades["SILENT"] is Grade.FAIL else Grade.INFO


def _says_something_new(evidence: Evidence, run: RunSeen) -> bool:
    return bool(new_lines(run.output) - evidence.calibration.lines)


def new_lines(output: str) -> frozenset[str]:
    """The lines that were printed, with each number masked."""
    masked = _NUMBER.sub("0", output)
    return frozenset(line.strip() for line in masked.split("\n") if line.strip())


@finds("FAILED", "the run said failure, and had no reason to")
def failed(evidence: Evidence) -> Iterator[Finding]:
    """In any run. Some clients have a status of their own for a maildrop without mail."""
    for number, run in enumerate(evidence.runs, 1):
        usual = _found_nothing(evidence, number) and run.exit == evidence.calibration.nothing
        if not run.success and run.ended == "itself" and not usual:
            yield Finding(f"the run said failure ({run.exit})", number, *at_end(run))


def _found_nothing(evidence: Evidence, number: int) -> bool:
    rules = (*evidence.case.rules_in("*"), *evidence.case.rules_in(number))
    return not evidence.runs[number - 1].before or _EMPTY in rules


@finds("NO-MAIL", "the run said failure where there was no mail")
def no_mail(evidence: Evidence) -> Iterator[Finding]:
    """As if something had gone wrong."""
    for number, run in enumerate(evidence.runs, 1):
        if not run.success and run.ended == "itself" and _found_nothing(evidence, number):
            yield Finding(f"the run said failure ({run.exit})", number, *at_end(run))


@finds("PW", "a refusal for a while ends like a wrong password")
def like_a_wrong_password(evidence: Evidence) -> Iterator[Finding]:
    """Not judged if a refused connection ends like that, too."""
    learned = evidence.calibration
    for number, run in enumerate(evidence.runs, 1):
        if evidence.case.is_by_the_book(number) or run.success or run.ended != "itself":
            continue
        if run.exit == learned.password != learned.refused:
            text = f"the run ended as with a wrong password ({run.exit})"
            yield Finding(text, number, *at_end(run))


@finds("RAW", "control characters of the server were printed", grade=Grade.WARN)
def raw(evidence: Evidence) -> Iterator[Finding]:
    """Any that is no line end and no tab, and that the client does not print by itself."""
    own = _PLAIN.union(*evidence.calibration.lines)
    for number, run in enumerate(evidence.runs, 1):
        if any(char < " " and char not in own for char in run.output):
            yield Finding("control characters were printed", number, *at_end(run))


@finds("SHOWN", "a password was printed", grade=Grade.WARN, always=True)
def secret_shown(evidence: Evidence) -> Iterator[Finding]:
    """Or a token."""
    for number, run in enumerate(evidence.runs, 1):
        if any(secret in run.output for secret in evidence.secrets):
            yield Finding("a password or a token was printed", number, *at_end(run))


@finds(
    "CLEAR",
    "a secret was sent in clear though the client was to use TLS",
    grade=Grade.FAIL,
    always=True,
)
def clear(evidence: Evidence) -> Iterator[Finding]:
    """A password, a digest, a token, or a response of SASL."""
    for number, run in enumerate(evidence.runs, 1):
        for session, command in run.commands():
            if evidence.case.tls and command.secret and not command.tls:
                text = f"{command.verb or 'a SASL response'} was sent without TLS"
                yield Finding(text, number, session.number, (command.at,))
