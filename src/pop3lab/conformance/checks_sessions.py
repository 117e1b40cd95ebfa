"""Checks across sessions: what a client does with the same messages."""

from collections.abc import Iterator, Sequence

from pop3lab.conformance.checks_sequence import NO_QUIT, check_end
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.history import ClientIdentity, MessageHistory, RetrievedMessage
from pop3lab.conformance.violation import REMEMBERS, Violation
from pop3lab.core.actions import Part, Send
from pop3lab.core.events import (
    ActionPerformed,
    BodyTruncated,
    Event,
    LineReceived,
    LoggedIn,
    MessageRead,
    MessagesDeleted,
    RuleApplied,
    SessionEnded,
)
from pop3lab.core.maildrop import Entry

FETCHED_AGAIN = Violation(
    "fetched-again",
    "advice",
    "RFC 1939 section 7, UIDL",
    "the client fetched a message in full again, with the same unique-id",
    "Unique-ids let a client recognize a message. The client asked for them, had fetched this "
    "message in full in an earlier session, and fetched it again. The user now has it twice, or "
    "the transfer was useless. The server can't tell apart two clients of the same user on the "
    "same host.",
    REMEMBERS,
)
STOPPED_AT = Violation(
    "stopped-at",
    "advice",
    "RFC 1939 section 5",
    "three sessions ended at the same message, and later messages were never fetched",
    "One message that can't be fetched, or that the client can't process, withholds all later "
    "ones from the user, session after session. A client should skip such a message, report it, "
    "and fetch the messages after it.",
    REMEMBERS,
)
DELETED_UNFETCHED = Violation(
    "deleted-unfetched",
    "advice",
    "RFC 1939 section 6",
    "the client deleted a message that it had never fetched in full",
    "In no session that this server has seen did the user get more than the top of the message, "
    "or a reply without its end, and now nobody has it any more. If a person or a filter judged "
    "it by its header, that was intended; otherwise mail is lost.",
    REMEMBERS,
)
DELETED_CAME_BACK = Violation(
    "deleted-came-back",
    "advice",
    "RFC 1939 sections 5 and 6",
    "a message that the client had deleted is back, because it had left without QUIT",
    "A message marked by DELE is removed when QUIT is answered, and not before. The client marked "
    "messages in its last session and left without QUIT, so all of them are back. Users see "
    "deleted messages as new, or have them twice.",
    REMEMBERS,
)

_SESSIONS = 3  # that end at the same message
_CUT_OFF = ("stopped", "evicted", "failed")  # ends of sessions that the client did not cause


def check_sessions(
    seconds: float, event: Event, knowledge: ClientKnowledge, message_history: MessageHistory
) -> Iterator[Violation]:
    """Check an event, after everything else has processed it."""
    match event:
        case LineReceived() | MessageRead() | BodyTruncated() | RuleApplied():
            _note(event, knowledge)
        case ActionPerformed(_, Send(_, Part.END)):
            yield from _came(knowledge, message_history)
        case LoggedIn():
            yield from _entered(knowledge, message_history)
        case MessagesDeleted(_, uids):
            yield from _deleted(uids, knowledge, message_history)
        case SessionEnded():
            yield from _ended(seconds, event, knowledge, message_history)


def note_answered(
    line: ClientLine, uid: str, knowledge: ClientKnowledge, message_history: MessageHistory
) -> None:
    """Process a line of the table of replies. uid: of the message that was sent, if one was."""
    _note_said(line, knowledge)
    if uid:
        knowledge.fetches.message_read(uid)
        _note_sent(knowledge, message_history)


def was_fetched(
    number: int, uid: str, knowledge: ClientKnowledge, message_history: MessageHistory
) -> bool:
    """Whether the client had this message in an earlier session, under the same unique-id."""
    shown = knowledge.shown_uids.uid(number)
    return message_history.was_fetched(_client(knowledge), shown, uid)


def _client(knowledge: ClientKnowledge) -> ClientIdentity:
    near = knowledge.host == "::1" or knowledge.host.startswith("127.")
    return ClientIdentity(knowledge.user, "localhost" if near else knowledge.host)


def _entries(knowledge: ClientKnowledge) -> Sequence[Entry]:
    return knowledge.messages.snapshot.entries if knowledge.messages.snapshot else ()


def _note(
    event: LineReceived | MessageRead | BodyTruncated | RuleApplied, knowledge: ClientKnowledge
) -> None:
    match event:
        case LineReceived() if knowledge.latest:
            _note_said(knowledge.latest, knowledge)
        case MessageRead(_, uid):
            knowledge.fetches.message_read(uid)
        case BodyTruncated():
            knowledge.fetches.body_truncated()
        case RuleApplied():
            knowledge.fetches.rule_applied(unconditional=event.unconditional)


def _note_said(line: ClientLine, knowledge: ClientKnowledge) -> None:
    known = knowledge.capabilities or knowledge.capabilities_before_tls or {}
    knowledge.fetches.line_received(
        line, knowledge.messages.uid(line.number or 0), pipelines="PIPELINING" in known
    )


def _came(knowledge: ClientKnowledge, message_history: MessageHistory) -> Iterator[Violation]:
    """Process the end of a reply."""
    wanted = knowledge.fetches.whole_message()
    if wanted and was_fetched(wanted.number, wanted.uid, knowledge, message_history):
        yield FETCHED_AGAIN
    _note_sent(knowledge, message_history)


def _note_sent(knowledge: ClientKnowledge, message_history: MessageHistory) -> None:
    wanted = knowledge.fetches.whole_message()
    if wanted is None:
        return
    message_history.note_sent(knowledge.user, wanted.uid)
    if knowledge.exchanges.reply.whole and not knowledge.exchanges.rule_applied:
        knowledge.fetches.note_fetched()  # otherwise it is unknown what the client has


def _entered(knowledge: ClientKnowledge, message_history: MessageHistory) -> Iterator[Violation]:
    unmarked = message_history.take_undeleted(_client(knowledge))
    if unmarked and any(entry.uid in unmarked for entry in _entries(knowledge)):
        yield DELETED_CAME_BACK


def _deleted(
    uids: tuple[str, ...], knowledge: ClientKnowledge, message_history: MessageHistory
) -> Iterator[Violation]:
    """Check deletions that the client asked for; a server may delete others, too."""
    marked = {knowledge.messages.uid(number) for number in knowledge.messages.marked}
    unfetched = (
        uid
        for uid in marked.intersection(uids)
        if knowledge.history.retrieved(knowledge.user, uid) is not RetrievedMessage.WHOLE
        and not message_history.was_sent(knowledge.user, uid)
    )
    if any(unfetched):
        yield DELETED_UNFETCHED
    knowledge.history.note_deleted(knowledge.user, uids)


def _ended(
    seconds: float, ended: SessionEnded, knowledge: ClientKnowledge, message_history: MessageHistory
) -> Iterator[Violation]:
    if not knowledge.user or ended.end_reason in _CUT_OFF:
        return
    if NO_QUIT in check_end(seconds, ended, knowledge):
        marked = (knowledge.messages.uid(number) for number in knowledge.messages.marked)
        message_history.note_undeleted(_client(knowledge), filter(None, marked))
    _remember(ended.end_reason, knowledge, message_history)
    yield from _stopped(knowledge, message_history)


def _remember(how: str, knowledge: ClientKnowledge, message_history: MessageHistory) -> None:
    """Remember what was received, unless a reset may have discarded it."""
    fetches = knowledge.fetches
    if (
        how == "closed" and not knowledge.secure
    ):  # otherwise perhaps only the client's TLS has read it
        fetches.confirm()
    for number, uid in fetches.fetched.items() if _counts(how, knowledge, message_history) else ():
        if shown := knowledge.shown_uids.uid(number):
            message_history.note_fetched(_client(knowledge), shown, uid)
    perhaps = fetches.unread if how in ("quit", "closed") else {}
    for uid in (*fetches.fetched.values(), *perhaps.values()):
        message_history.note_read(knowledge.user, uid)


def _counts(how: str, knowledge: ClientKnowledge, message_history: MessageHistory) -> bool:
    """Whether the client has kept what it received; after a broken session it may not have."""
    answered = how == "quit" and knowledge.last is not None and knowledge.last.reply.whole
    unanswered = how in ("closed", "reset") and not knowledge.fetches.disturbed
    return message_history.remembers or answered or unanswered


def _stopped(knowledge: ClientKnowledge, message_history: MessageHistory) -> Iterator[Violation]:
    """Check a session that listed the messages and fetched some."""
    stop = knowledge.fetches.last_wanted()
    if stop is None or not stop.uid or not knowledge.messages.asked:
        return
    sessions = message_history.note_stop(_client(knowledge), stop.uid)
    if sessions >= _SESSIONS and _misses_others(stop.number, knowledge, message_history):
        yield STOPPED_AT


def _misses_others(stop: int, knowledge: ClientKnowledge, message_history: MessageHistory) -> bool:
    """Whether the user never got other messages: later ones if this one was sent, else any."""
    came = knowledge.fetches.was_sent(stop)
    return any(
        not message_history.was_read(knowledge.user, entry.uid)
        for number, entry in enumerate(_entries(knowledge), 1)
        if number != stop
        and number not in knowledge.messages.marked
        and (number > stop or not came)
    )
