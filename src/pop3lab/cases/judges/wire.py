"""Findings about what the client said to the server."""

from collections.abc import Iterator

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import CommandSeen, Evidence, SessionSeen
from pop3lab.cases.judges.judge import MAIL_VERBS, Finding, at_end, finds
from pop3lab.core.command import LOGIN_VERBS

_MOST_REFUSED = 3  # logins in a row


@finds("EARLY", "DELE was sent before the message had come whole", grade=Grade.FAIL, of_text=True)
def early(evidence: Evidence) -> Iterator[Finding]:
    """A warning if DELE and RETR came together, or the message was never asked for."""
    for run, seen in enumerate(evidence.runs, 1):
        for session in seen.sessions:
            for violation, _, line in session.violations:
                if violation == "dele-of-incomplete":
                    yield Finding(
                        "DELE was sent, and the message had not come whole",
                        run,
                        session.number,
                        (line - 1, line),
                    )
            yield from _together(run, session)


def _together(run: int, session: SessionSeen) -> Iterator[Finding]:
    awaited: dict[int, CommandSeen] = {}  # RETR to which DELE may not have waited
    for command in session.commands:
        if not command.early:
            awaited = {}
        if command.verb == "RETR":
            awaited[command.number] = command
        elif command.verb == "DELE" and command.number in awaited:
            text = f"DELE {command.number} was sent before the reply to RETR {command.number}"
            lines = (awaited[command.number].at, command.at)
            yield Finding(text, run, session.number, lines, grade=Grade.WARN)


@finds("DESYNC", "the client contradicts the reply that it got", grade=Grade.FAIL)
def desync(evidence: Evidence) -> Iterator[Finding]:
    """It deletes what it was refused, or goes on after a refused login."""
    pipelines = not evidence.case.hides_pipelining
    for run, seen in enumerate(evidence.runs, 1):
        for session in seen.sessions:
            yield from _contradictions(run, session, pipelines)


def _contradictions(run: int, session: SessionSeen, pipelines: bool) -> Iterator[Finding]:
    """pipelines: a command may have been sent before the reply to the one before it had come."""
    refused: dict[int, CommandSeen] = {}
    login: CommandSeen | None = None
    for command in session.commands:
        ahead = command.early and pipelines
        if command.verb == "RETR" and command.status == "-ERR":
            refused.setdefault(command.number, command)
        elif command.verb == "RETR":
            refused.pop(command.number, None)
        elif command.verb == "DELE" and command.number in refused and not ahead:
            text = f"DELE {command.number} was sent, though RETR {command.number} was refused"
            yield Finding(text, run, session.number, (refused[command.number].at, command.at))
        if command.verb in LOGIN_VERBS or (not command.verb and command.status == "-ERR"):
            login = command
        elif command.verb in MAIL_VERBS and login and login.status == "-ERR" and not ahead:
            text = f"{command.verb} was sent, though the login was refused"
            yield Finding(text, run, session.number, (login.at, command.at))
            return


@finds("STORM", "the client connects, or logs in, again and again", grade=Grade.WARN)
def storm(evidence: Evidence) -> Iterator[Finding]:
    """In one run."""
    for number, run in enumerate(evidence.runs, 1):
        sessions = len(run.sessions)
        if sessions > evidence.case.connections:
            yield Finding(f"it connected {sessions} times in one run", number, *at_end(run))
        row = 0
        for session, command in run.commands(*LOGIN_VERBS):
            row = row + 1 if command.status == "-ERR" else 0
            if row > _MOST_REFUSED:
                text = f"{row} logins were refused in a row"
                yield Finding(text, number, session.number, (command.at,))
                break


@finds("INJECTED", "the client acted on replies that were sent before TLS", always=True)
def injected(evidence: Evidence) -> Iterator[Finding]:
    """A second command under TLS, and no reply to the first. To leave by QUIT is no mistake."""
    for run, seen in enumerate(evidence.runs, 1):
        for session in seen.sessions:
            under = [command for command in session.commands if command.tls]
            if len(under) > 1 and not under[0].status and under[1].verb != "QUIT":
                text = f"{under[1].verb} followed {under[0].verb}, which had no reply under TLS"
                yield Finding(text, run, session.number, (under[0].at, under[1].at))


@finds("CREDENTIALS", "credentials were sent to somebody who must not have them", always=True)
def credentials(evidence: Evidence) -> Iterator[Finding]:
    """In any session of a run in which something is wrong."""
    for run, seen in enumerate(evidence.runs, 1):
        if evidence.case.is_by_the_book(run):
            continue
        for session, command in seen.commands():
            if command.secret:
                text = f"{command.verb or 'a SASL response'} was sent"
                yield Finding(text, run, session.number, (command.at,))


@finds("UNLISTED", "a message was asked for that is not listed")
def unlisted(evidence: Evidence) -> Iterator[Finding]:
    """One that the situation is about."""
    for run, seen in enumerate(evidence.runs, 1):
        for session, command in seen.commands("RETR", "TOP", "DELE"):
            if command.number in evidence.case.concerned:
                yield Finding(f"{command.line} was sent", run, session.number, (command.at,))


@finds("SKIPS-STLS", "a session that is to be under TLS goes on without STLS")
def skips_stls(evidence: Evidence) -> Iterator[Finding]:
    """It asks for mail in clear."""
    for run, seen in enumerate(evidence.runs, 1):
        for session, command in seen.commands(*MAIL_VERBS):
            if evidence.case.tls and not command.tls:
                text = f"{command.verb} was sent in clear"
                yield Finding(text, run, session.number, (command.at,))
                break
