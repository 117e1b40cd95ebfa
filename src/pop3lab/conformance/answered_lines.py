"""Lines that were answered from the table of replies: checked as a run, not one by one.

Such lines are right by themselves. They may come too early, be about a number that the client does
not know, or ask for a message again.
"""

from collections.abc import Iterator

from pop3lab.conformance.checks_login import FACTS_FROM_BEFORE_TLS
from pop3lab.conformance.checks_sequence import PIPELINING
from pop3lab.conformance.checks_sessions import note_answered, was_fetched
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.history import MessageHistory
from pop3lab.conformance.violation import Violation
from pop3lab.core.cached_replies import CachedReply
from pop3lab.core.command import INFORMING
from pop3lab.core.request import State
from pop3lab.core.text import MessageText
from pop3lab.observe.answered_run import AnsweredRun

# Their replies may show other numbers or abilities than before.
_TELLING = frozenset({*INFORMING, "RSET", "CAPA"})

# With its seconds, whether it came early, and the text of a reply that informs.
_Line = tuple[float, bool, CachedReply, MessageText | None]


def may_violate(
    run: AnsweredRun, knowledge: ClientKnowledge, message_history: MessageHistory
) -> bool:
    """Whether to check the lines of a run one by one, or fewer of them as a run.

    Ask just before they are processed. What early_violation and fetched_again find is no reason.
    """
    first = run.batches[0][1]
    if not first.early:
        knowledge.read_replies()
    if knowledge.synchronized and knowledge.state is not State.TRANSACTION:
        return True
    if len(run.batches) > 1 and _informs(run):
        return True  # the batches behind the first are of a client that knows more
    if knowledge.exchanges.would_overflow(run.lines):
        return True
    unread = list(knowledge.exchanges.unread()) if first.early else []
    if any(line.verb in _TELLING for line in unread):
        return True
    if first.early and not _is_merely_early(knowledge):
        return True
    marked = {line.number for line in unread if line.verb == "DELE"} | knowledge.messages.marked
    return any(
        reply.number in marked or _is_doubtful(reply, knowledge, message_history)
        for reply in run.counts
        if reply.number
    )


def _is_merely_early(knowledge: ClientKnowledge) -> bool:
    """Whether an early line is nothing worse, whatever line it follows."""
    latest = knowledge.latest
    return knowledge.exchanges.is_sound and latest is not None and latest.verb != "STLS"


def _informs(run: AnsweredRun) -> bool:
    return any(reply.verb in INFORMING for reply in run.counts)


def _is_doubtful(
    reply: CachedReply, knowledge: ClientKnowledge, message_history: MessageHistory
) -> bool:
    number, messages = reply.number or 0, knowledge.messages
    if messages.shifted:
        return True
    if messages.highest is not None and number > messages.highest:
        return True
    if not reply.uid:
        return False
    if messages.uid(number) not in ("", reply.uid):
        return True
    return reply.verb != "RETR" and was_fetched(number, reply.uid, knowledge, message_history)


def early_violation(run: AnsweredRun, knowledge: ClientKnowledge) -> Violation | None:
    """Return the violation that each early line of such a run is."""
    if not (run.early_lines and knowledge.synchronized):
        return None
    if "PIPELINING" in (knowledge.capabilities or {}):
        return None
    before = "PIPELINING" in (knowledge.capabilities_before_tls or {})
    return FACTS_FROM_BEFORE_TLS if before else PIPELINING


def fetched_again(
    run: AnsweredRun, knowledge: ClientKnowledge, message_history: MessageHistory
) -> Iterator[CachedReply]:
    """Yield the replies that bring a message which the client has from an earlier session."""
    for reply in run.counts:
        number, uid = reply.number or 0, reply.retrieved
        if uid and reply.end and was_fetched(number, uid, knowledge, message_history):
            yield reply


def process(run: AnsweredRun, knowledge: ClientKnowledge, message_history: MessageHistory) -> None:
    """Learn from a run of which may_violate is false."""
    unread = 0
    for seconds, early, reply, text in _all(run) if _informs(run) else _deciding(run):
        line = ClientLine.of_table(seconds, reply.line, early=early)
        knowledge.line_answered(line, reply, text)
        note_answered(line, reply.uid, knowledge, message_history)
        unread = unread + 1 if early else 1
    knowledge.exchanges.count_unread(_unread_lines(run) - unread)


def _unread_lines(run: AnsweredRun) -> int:
    lines = 0
    for _, batch in run.batches:
        lines = len(batch.replies) + (lines if batch.early else 0)
    return lines


def _all(run: AnsweredRun) -> Iterator[_Line]:
    """Yield each line."""
    for seconds, batch in run.batches:
        for _, early, reply, text in batch.lines():
            yield seconds, early, reply, text


def _deciding(run: AnsweredRun) -> Iterator[_Line]:
    """Yield lines after which as much is known as after all of them.

    NOOP tells nothing, and to ask for a text again tells nothing new, unless it is the last thing
    that the client does. What the client has read is known at a line that is not early.
    """
    if not run.early_lines:
        yield from _different(run)
        return
    batches = run.batches
    awaited = [place for place, (_, batch) in enumerate(batches) if not batch.early]
    place = awaited[-1] if awaited else 0
    for part in filter(None, (batches[:place], batches[place:])):
        yield from _different(AnsweredRun(run.session, part))


def _different(run: AnsweredRun) -> Iterator[_Line]:
    """Yield the first line and the last, and each different one between them."""
    (began, first), (ended, _) = run.batches[0], run.batches[-1]
    once = [first.replies[0], run.last]
    yield began, first.early, once[0], None
    if run.lines == 1:
        return
    early = run.early_lines > 0
    for reply, times in run.counts.items():
        if times > once.count(reply):
            yield began, early, reply, None
    yield ended, early, once[1], None
