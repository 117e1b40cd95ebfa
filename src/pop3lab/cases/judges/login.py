"""Findings about how the client logs in, and what it does when it is refused."""

from collections.abc import Iterator
from itertools import pairwise

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import NO_RESPONSES, CommandSeen, Evidence, RunSeen, SessionSeen
from pop3lab.cases.judges.judge import MAIL_VERBS, Finding, at_end, finds
from pop3lab.core.command import LOGIN_VERBS

_ONE_ROUND = "iterations=1"
_MOST_SECRETS = 2  # in one run: a form that was refused, and the other one


@finds("AGAIN", "the client logs in again in the same run, though the refusal forbids it")
def again(evidence: Evidence) -> Iterator[Finding]:
    """In a run in which the server refuses."""
    for run, session, command in _in_wrong_runs(evidence, *LOGIN_VERBS):
        if _was_refused_before(evidence.runs[run - 1], command):
            text = f"{command.verb} was sent again after a refusal"
            yield Finding(text, run, session.number, (command.at,))


def _was_refused_before(run: RunSeen, command: CommandSeen) -> bool:
    tries = run.commands(*LOGIN_VERBS)
    return any(each.status == "-ERR" for _, each in tries if each.at < command.at)


def _in_wrong_runs(
    evidence: Evidence, *verbs: str
) -> Iterator[tuple[int, SessionSeen, CommandSeen]]:
    """The commands of runs that are not by the book."""
    for run, seen in enumerate(evidence.runs, 1):
        if not evidence.case.is_by_the_book(run):
            for session, command in seen.commands(*verbs):
                yield run, session, command


@finds("PARALLEL", "the client tries to log in while an earlier try is not over")
def parallel(evidence: Evidence) -> Iterator[Finding]:
    """On several connections."""
    for run, seen in enumerate(evidence.runs, 1):
        tries = [
            session
            for session in seen.sessions
            if any(command.verb in LOGIN_VERBS for command in session.commands)
        ]
        for one, other in pairwise(tries):
            if other.opened < one.ended:
                text = f"session {other.number} began before session {one.number} was over"
                yield Finding(text, run, other.number, (other.last_line,))


@finds("WENT-ON", "the client asked for mail, though its login was not accepted")
def went_on(evidence: Evidence) -> Iterator[Finding]:
    """The first command for mail of each session."""
    told: set[tuple[int, int]] = set()
    for run, session, command in _in_wrong_runs(evidence, *MAIL_VERBS):
        if session.rules and (run, session.number) not in told:
            told.add((run, session.number))
            yield Finding(f"{command.verb} was sent", run, session.number, (command.at,))


@finds("DIGEST", "a digest of the password was sent to a server that chose the text to digest")
def digest(evidence: Evidence) -> Iterator[Finding]:
    """By APOP."""
    for run, session, command in _in_wrong_runs(evidence, "APOP"):
        yield Finding("APOP was sent", run, session.number, (command.at,))


@finds("INSTEAD", "a password or a token was sent in another way than the client was told")
def instead(evidence: Evidence) -> Iterator[Finding]:
    """By PASS, or by a mechanism that shows it."""
    wanted = evidence.case.auth.upper()
    for run, seen in enumerate(evidence.runs, 1):
        for session, command in seen.commands("PASS", "AUTH") if wanted else ():
            mechanism = _mechanism(command)
            other = command.verb == "PASS" or mechanism in {"PLAIN", "LOGIN"} - {wanted}
            if other:
                text = f"{mechanism or 'PASS'} was sent in place of {wanted}"
                yield Finding(text, run, session.number, (command.at,))


def _mechanism(command: CommandSeen) -> str:
    words = command.line.upper().split()
    return words[1] if command.verb == "AUTH" and len(words) > 1 else ""


@finds("ECHOES", "the password was sent more than twice")
def echoes(evidence: Evidence) -> Iterator[Finding]:
    """In one run."""
    for run, seen in enumerate(evidence.runs, 1):
        secrets = [(session, command) for session, command in seen.commands() if command.secret]
        if len(secrets) > _MOST_SECRETS:
            session, last = secrets[-1]
            text = f"{len(secrets)} secrets were sent"
            yield Finding(text, run, session.number, (secrets[0][1].at, last.at))


@finds("UNBOUND", "the login is not bound to the channel")
def unbound(evidence: Evidence) -> Iterator[Finding]:
    """Though the server has offered it."""
    for run, seen in enumerate(evidence.runs, 1):
        for session in seen.sessions:
            if session.user and not session.mechanism.endswith("-PLUS"):
                text = f"the login was by {session.mechanism}"
                yield Finding(text, run, session.number, (session.last_line,))


@finds("ANSWERS", "a challenge that makes no sense was answered")
def answers(evidence: Evidence) -> Iterator[Finding]:
    """With more than what cancels the exchange, or leaves."""
    for run, session, command in _in_wrong_runs(evidence, ""):
        if session.rules and command.line not in NO_RESPONSES:
            yield Finding("a response was sent", run, session.number, (command.at,))


@finds("WEAK", "the password was proven by a single round of SCRAM, from which it is guessed")
def weak(evidence: Evidence) -> Iterator[Finding]:
    """What comes behind the challenge that names the rounds."""
    for run, seen in enumerate(evidence.runs, 1):
        if not any(rule.endswith(_ONE_ROUND) for rule in evidence.case.rules_in(run)):
            continue
        for session in seen.sessions:
            for before, command in pairwise(session.commands):
                if _names_rounds(before) and command.secret:
                    yield Finding("the proof was sent", run, session.number, (command.at,))


def _names_rounds(command: CommandSeen) -> bool:
    """Whether the reply was the first message of the server in SCRAM: the client's has come."""
    begun = command.verb == "AUTH" and len(command.line.split()) > 2
    return command.status == "+" and (begun or not command.verb)


@finds("ELSEWHERE", "the client connected to another server", grade=Grade.FAIL, always=True)
def elsewhere(evidence: Evidence) -> Iterator[Finding]:
    """To which a reply has referred it."""
    for number, run in enumerate(evidence.runs, 1):
        if run.elsewhere:
            yield Finding("it connected to another server", number, *at_end(run))
