"""Findings about the mail: lost, cut, altered, made up, doubled, stuck."""

from collections.abc import Iterator

from pop3lab.cases.case import Grade
from pop3lab.cases.evidence import Copy, Evidence, RunSeen
from pop3lab.cases.judges.judge import Finding, at_end, finds
from pop3lab.cases.marked import Extent
from pop3lab.core.command import TEXTS

CLAIMS_MEMORY = "remembers"  # the claim that a client knows what it has fetched in earlier runs


@finds(
    "LOST",
    "a message was deleted from the server, and no whole copy of it was delivered",
    grade=Grade.FAIL,
    always=True,
    of_text=True,
)
def lost(evidence: Evidence) -> Iterator[Finding]:
    """By the end of the run in which it was deleted."""
    for number, run in enumerate(evidence.runs, 1):
        for uid in run.deleted:
            if not evidence.whole(uid, number):
                text = f"message {evidence.number_of(uid)} was deleted, and not delivered whole"
                yield Finding(text, number, *_deletion(run, evidence.number_of(uid), uid))


def _deletion(run: RunSeen, number: int, uid: str) -> tuple[int, tuple[int, ...]]:
    """The session and the lines of the DELE, or else of the last line of the session."""
    for session, command in run.commands("DELE"):
        if command.uid == uid or (not command.uid and command.number == number):
            return session.number, (command.at,)
    return at_end(run)


@finds("PART", "a part of a message stays delivered", grade=Grade.FAIL, of_text=True)
def part(evidence: Evidence) -> Iterator[Finding]:
    """A warning if the run said that it failed."""
    for copy in _unlike_what_was_sent(evidence, Extent.PART):
        run = evidence.runs[copy.run - 1]
        said = "success" if run.success else f"failure ({run.exit})"
        octets = len(copy.delivered.octets)
        yield Finding(
            f"{octets} octets of message {copy.scan.number} were delivered; the run said {said}",
            copy.run,
            *_retrieval(run, copy.scan.number),
            copy.delivered.name,
            Grade.FAIL if run.success else Grade.WARN,
        )


def _unlike_what_was_sent(evidence: Evidence, *extents: Extent) -> Iterator[Copy]:
    for copy in evidence.copies:
        later = evidence.runs[copy.run - 1 :]
        gone = any(copy.delivered.name in run.gone for run in later)
        as_sent = copy.unended and copy.scan.extent is not Extent.PART and copy.delivered.octets
        unknown = evidence.uid_of(copy.scan.number) in evidence.unknown
        if not (copy.uid or as_sent or gone or unknown) and copy.scan.extent in extents:
            yield copy


def _retrieval(run: RunSeen, number: int | None = None) -> tuple[int, tuple[int, ...]]:
    """The session and the line of the last command for a text, or else the end of the run.

    number: of the message; None for any.
    """
    asked = [
        (session.number, (command.at,))
        for session, command in run.commands(*TEXTS)
        if number in (None, command.number)
    ]
    return asked[-1] if asked else at_end(run)


@finds(
    "ALTERED",
    "a delivered message differs from what was sent",
    grade=Grade.FAIL,
    of_text=True,
)
def altered(evidence: Evidence) -> Iterator[Finding]:
    """Beyond what the client does to each message."""
    for copy in _unlike_what_was_sent(evidence, Extent.WHOLE, Extent.MIXED):
        run = evidence.runs[copy.run - 1]
        kind = "has text of others" if copy.scan.extent is Extent.MIXED else "differs"
        octets = len(copy.delivered.octets)
        yield Finding(
            f"message {copy.scan.number} {kind}: {octets} octets were delivered",
            copy.run,
            *_retrieval(run, copy.scan.number),
            copy.delivered.name,
        )


@finds("UNENDED", "a text was delivered whose end nobody has seen", of_text=True)
def unended(evidence: Evidence) -> Iterator[Finding]:
    """From the first mark to the last, but without the final dot."""
    for copy in evidence.copies:
        if copy.unended and copy.scan.extent is Extent.WHOLE:
            run = evidence.runs[copy.run - 1]
            text = f"message {copy.scan.number} was delivered, and the final dot had not come"
            where = _retrieval(run, copy.scan.number)
            yield Finding(text, copy.run, *where, copy.delivered.name)


@finds("CUT-AT-NUL", "what stands behind a NUL was not delivered", of_text=True)
def cut_at_nul(evidence: Evidence) -> Iterator[Finding]:
    """In a message that was delivered."""
    for copy in evidence.copies:
        uid = evidence.uid_of(copy.scan.number)
        behind = [
            line.rpartition(b"\0")[2].strip()
            for text in evidence.sent(copy.run).get(uid, ())
            for line in text.split(b"\n")
            if b"\0" in line
        ]
        if not copy.uid and not all(words in copy.delivered.octets for words in behind):
            text = f"message {copy.scan.number} was delivered without what stands behind the NUL"
            where = _retrieval(evidence.runs[copy.run - 1], copy.scan.number)
            yield Finding(text, copy.run, *where, copy.delivered.name)


@finds("FORGED", "something was delivered that is no message", grade=Grade.FAIL, of_text=True)
def forged(evidence: Evidence) -> Iterator[Finding]:
    """A warning if the run said that it failed."""
    for copy in _unlike_what_was_sent(evidence, Extent.FOREIGN):
        run = evidence.runs[copy.run - 1]
        yield Finding(
            f"{len(copy.delivered.octets)} octets that are of no message were delivered",
            copy.run,
            *_retrieval(run),
            copy.delivered.name,
            Grade.FAIL if run.success else Grade.WARN,
        )


@finds("TWICE", "a client that claims to remember has delivered a message twice", grade=Grade.INFO)
def twice(evidence: Evidence) -> Iterator[Finding]:
    """By its unique-id."""
    for uid in evidence.stored if CLAIMS_MEMORY in evidence.claims else ():
        if (copies := evidence.whole(uid)) > evidence.case.copies:
            number = evidence.number_of(uid)
            last = [copy.run for copy in evidence.copies if copy.uid == uid][-1:] or [0]
            run = evidence.runs[last[0] - 1]
            text = f"{copies} copies of message {number} were delivered"
            yield Finding(text, last[0], *_retrieval(run, number))


@finds(
    "STUCK",
    "messages don't come although nothing keeps them, as an earlier run has failed",
    grade=Grade.FAIL,
    of_text=True,
)
def stuck(evidence: Evidence) -> Iterator[Finding]:
    """In the last of several runs: all if it was by the book, otherwise those of no concern."""
    case = evidence.case
    if case.runs < 2 or not evidence.is_complete:
        return
    excused = frozenset() if case.is_by_the_book(case.runs) else case.concerned
    if excused or case.is_by_the_book(case.runs):
        yield from _not_delivered(evidence, excused)


def _not_delivered(evidence: Evidence, excused: frozenset[int]) -> Iterator[Finding]:
    if not evidence.is_complete:
        return
    lost_already = {uid for run in evidence.runs for uid in run.deleted}
    there = {uid for run in evidence.runs for uid in run.before}
    for uid in evidence.stored:
        number = evidence.number_of(uid)
        expected = uid in there and uid not in lost_already and number not in excused
        if not expected or evidence.whole(uid):
            continue
        run = evidence.runs[-1]
        where = _retrieval(run, number)
        yield Finding(f"message {number} was not delivered", len(evidence.runs), *where)


@finds("MISSING", "a message was not delivered", of_text=True)
def missing(evidence: Evidence) -> Iterator[Finding]:
    """At the end of all runs; the messages of the situation apart."""
    yield from _not_delivered(evidence, evidence.case.concerned)


@finds("SKIPPED", "the message that the situation is about was not delivered", of_text=True)
def skipped(evidence: Evidence) -> Iterator[Finding]:
    """At the end of all runs."""
    others = {evidence.number_of(uid) for uid in evidence.stored} - evidence.case.concerned
    yield from _not_delivered(evidence, frozenset(others))


@finds("UNDELETED", "a message that was delivered is still on the server")
def undeleted(evidence: Evidence) -> Iterator[Finding]:
    """At the end of all runs, if the client is to delete."""
    if evidence.case.operation != "delete" or not evidence.runs:
        return
    last = evidence.runs[-1]
    for uid in last.remaining:
        if evidence.whole(uid):
            number = evidence.number_of(uid)
            text = f"message {number} is still on the server"
            yield Finding(text, len(evidence.runs), *_deletion(last, number, uid))


@finds("DELETED", "a message was deleted although the client was to keep all", grade=Grade.FAIL)
def deleted(evidence: Evidence) -> Iterator[Finding]:
    """In any run."""
    for number, run in enumerate(evidence.runs, 1):
        for uid in run.deleted if evidence.case.operation == "keep" else ():
            place = evidence.number_of(uid)
            yield Finding(f"message {place} was deleted", number, *_deletion(run, place, uid))


@finds(
    "GONE",
    "a message that had been delivered is there no more",
    grade=Grade.FAIL,
    always=True,
)
def gone(evidence: Evidence) -> Iterator[Finding]:
    """A whole one."""
    whole = {copy.delivered.name for copy in evidence.copies if copy.uid}
    for number, run in enumerate(evidence.runs, 1):
        for name in whole.intersection(run.gone):
            yield Finding("a delivered message is there no more", number, file=name)
