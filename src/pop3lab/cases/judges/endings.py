"""Findings about how a run ended, and what it took."""

from collections.abc import Iterator

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import Evidence
from pop3lab.cases.judges.judge import Finding, at_end, finds

CLAIMS_TIMEOUT = "timeout"  # the claim that a client gives up on a silent server in time
_MOST_CPU = 1.0  # seconds behind the last octet of the server
_MIB = 1 << 20


@finds(
    "HANG", "the run did not end after the server had fallen silent", grade=Grade.FAIL, always=True
)
def hang(evidence: Evidence) -> Iterator[Finding]:
    """Information where the client claims no timeout."""
    for number, run in enumerate(evidence.runs, 1):
        if run.ended == "hung":
            text = "the run had not ended long after the last octet of the server"
            grade = Grade.FAIL if CLAIMS_TIMEOUT in evidence.claims else Grade.INFO
            yield Finding(text, number, *at_end(run), grade=grade)


@finds(
    "STOPPED",
    "the run went on for so long that it was stopped",
    grade=Grade.INFO,
    always=True,
)
def stopped(evidence: Evidence) -> Iterator[Finding]:
    """A warning where the server did all by the book, which is no excuse."""
    for number, run in enumerate(evidence.runs, 1):
        if run.ended == "stopped":
            grade = Grade.WARN if evidence.case.is_by_the_book(number) else None
            yield Finding("the run was stopped", number, *at_end(run), grade=grade)


@finds(
    "SPIN", "the client computed although there was nothing to do", grade=Grade.FAIL, always=True
)
def spin(evidence: Evidence) -> Iterator[Finding]:
    """Behind the last octet of the server."""
    for number, run in enumerate(evidence.runs, 1):
        if run.cpu_after > _MOST_CPU:
            text = f"it took more than {_MOST_CPU:g} s of the processor after the last octet"
            yield Finding(text, number, *at_end(run))


@finds("CRASH", "the client crashed", grade=Grade.FAIL, always=True)
def crash(evidence: Evidence) -> Iterator[Finding]:
    """It was ended by a signal that nobody sent."""
    for number, run in enumerate(evidence.runs, 1):
        if run.crashed:
            yield Finding(f"the run ended with {run.exit}", number, *at_end(run))


@finds("GREW", "what was delivered, or memory, grew beyond measure", grade=Grade.FAIL, always=True)
def grew(evidence: Evidence) -> Iterator[Finding]:
    """More than eight times what was sent, or twenty times the largest message in memory."""
    largest = max(map(len, evidence.stored.values()), default=0)
    most_written = evidence.case.most_written
    for number, run in enumerate(evidence.runs, 1):
        sent = sum(session.sent for session in run.sessions)
        wrote = sum(len(delivered.octets) for delivered in run.delivered) + run.printed
        if wrote > (most_written or 8 * sent + _MIB):
            text = f"{wrote} octets were written, and {sent} had been sent"
            yield Finding(text, number, *at_end(run))
        if run.rss > evidence.case.most_memory + 20 * largest:
            text = f"it took {run.rss // _MIB} MiB of memory"
            yield Finding(text, number, *at_end(run))


@finds("STRAY", "a file was made or changed where it must not", grade=Grade.FAIL, always=True)
def stray(evidence: Evidence) -> Iterator[Finding]:
    """Outside the folders of the run."""
    for number, run in enumerate(evidence.runs, 1):
        for name in run.files:
            yield Finding("a file was made or changed outside", number, file=name)


@finds("FIGURES", "what it took")
def figures(evidence: Evidence) -> Iterator[Finding]:
    """Commands and octets; the report has its time and its memory, too."""
    for number, run in enumerate(evidence.runs, 1):
        commands = sum(len(session.commands) for session in run.sessions)
        sent = sum(session.sent for session in run.sessions)
        yield Finding(f"{commands} commands, {sent} octets", number)
