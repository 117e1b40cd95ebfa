"""What a client does with the same messages in one session after another."""

from collections.abc import Iterator, Sequence

from pop3lab.conformance.checks_sequence import NO_QUIT, check_end
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.history import Client, MessageHistory, RetrievedMessage
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
    "the message was fetched whole again, by the unique-id that it had when it was fetched before",
    "The client asks for unique-ids, which are there to know a message again, had got this one "
    "whole in an earlier session, and fetched it once more. Its user has it twice, or the line was "
    "used for nothing. Two clients of one user on one host can't be told apart.",
    REMEMBERS,
)
STOPPED_AT = Violation(
    "stopped-at",
    "advice",
    "RFC 1939 section 5",
    "three sessions have ended at the same message, and others never came",
    "One message that can't be had, or that the client can't take, keeps all others from their "
    "user, session after session. A client should leave such a message out, say so, and fetch "
    "what is behind it.",
    REMEMBERS,
)
DELETED_UNFETCHED = Violation(
    "deleted-unfetched",
    "advice",
    "RFC 1939 section 6",
    "a message is gone from the server that was never fetched whole",
    "In no session that was seen here did this user get more than the top of it, or an answer "
    "without its end, and now nobody has it any more. Where a person or a filter has judged it by "
    "its header, that was meant; else mail is lost.",
    REMEMBERS,
)
DELETED_CAME_BACK = Violation(
    "deleted-came-back",
    "advice",
    "RFC 1939 sections 5 and 6",
    "a message that the client had deleted is there again, as it had left without QUIT",
    "What is marked by DELE goes when QUIT is answered, and not before. The client marked messages "
    "in its last session and left without it, so that all of them are there again: users see "
    "as new what they had deleted, or have it twice.",
    REMEMBERS,
)

_SESSIONS = 3  # that end at one message
_CUT_OFF = ("stopped", "evicted", "failed")  # how sessions end that would have gone on


def check_sessions(
    seconds: float, event: Event, seen: ClientKnowledge, lives: MessageHistory
) -> Iterator[Violation]:
    """An event, once all else has been made of it."""
    match event:
        case LineReceived() | MessageRead() | BodyTruncated() | RuleApplied():
            _note(event, seen)
        case ActionPerformed(_, Send(_, Part.END)):
            yield from _came(seen, lives)
        case LoggedIn():
            yield from _entered(seen, lives)
        case MessagesDeleted(_, uids):
            yield from _deleted(uids, seen, lives)
        case SessionEnded():
            yield from _ended(seconds, event, seen, lives)


def _client(seen: ClientKnowledge) -> Client:
    near = seen.host == "::1" or seen.host.startswith("127.")
    return Client(seen.user, "localhost" if near else seen.host)


def _entries(seen: ClientKnowledge) -> Sequence[Entry]:
    return seen.numbers.snapshot.entries if seen.numbers.snapshot else ()


def _note(
    event: LineReceived | MessageRead | BodyTruncated | RuleApplied, seen: ClientKnowledge
) -> None:
    match event:
        case LineReceived() if seen.latest:
            _note_said(seen.latest, seen)
        case MessageRead(_, uid):
            seen.visit.read(uid)
        case BodyTruncated():
            seen.visit.cut()
        case RuleApplied():
            seen.visit.disturb(unconditional=event.unconditional)


def _note_said(said: ClientLine, seen: ClientKnowledge) -> None:
    known = seen.capabilities or seen.before or {}
    seen.visit.ask(said, seen.numbers.uid(said.number or 0), pipelines="PIPELINING" in known)


def _came(seen: ClientKnowledge, lives: MessageHistory) -> Iterator[Violation]:
    """A reply has come to its end."""
    wanted = seen.visit.end()
    if wanted is None:
        return
    lives.note_sent(seen.user, wanted.uid)
    if lives.had(_client(seen), seen.shown.uid(wanted.number), wanted.uid):
        yield FETCHED_AGAIN
    if seen.exchanges.answer.whole and not seen.exchanges.bent:
        seen.visit.keep()  # else who can say what the client has of it


def _entered(seen: ClientKnowledge, lives: MessageHistory) -> Iterator[Violation]:
    unmarked = lives.take_unmarked(_client(seen))
    if unmarked and any(entry.uid in unmarked for entry in _entries(seen)):
        yield DELETED_CAME_BACK


def _deleted(
    uids: tuple[str, ...], seen: ClientKnowledge, lives: MessageHistory
) -> Iterator[Violation]:
    """Only what the client has marked: a server may delete besides."""
    marked = {seen.numbers.uid(number) for number in seen.numbers.marked}
    unfetched = (
        uid
        for uid in marked.intersection(uids)
        if seen.past.got(seen.user, uid) is not RetrievedMessage.WHOLE
        and not lives.was_sent(seen.user, uid)
    )
    if any(unfetched):
        yield DELETED_UNFETCHED
    seen.past.note_deleted(seen.user, uids)


def _ended(
    seconds: float, ended: SessionEnded, seen: ClientKnowledge, lives: MessageHistory
) -> Iterator[Violation]:
    if not seen.user or ended.end_reason in _CUT_OFF:
        return
    if NO_QUIT in check_end(seconds, ended, seen):
        marked = (seen.numbers.uid(number) for number in seen.numbers.marked)
        lives.note_unmarked(_client(seen), filter(None, marked))
    _remember(ended.end_reason, seen, lives)
    yield from _stopped(seen, lives)


def _remember(how: str, seen: ClientKnowledge, lives: MessageHistory) -> None:
    """What came, unless a reset has thrown it away on its way."""
    visit = seen.visit
    if how == "closed" and not seen.secure:  # else the client's TLS has read it, perhaps no more
        visit.confirm()
    for number, uid in visit.had.items() if _counts(how, seen, lives) else ():
        if shown := seen.shown.uid(number):
            lives.note_had(_client(seen), shown, uid)
    perhaps = visit.unread if how in ("quit", "closed") else {}
    for uid in (*visit.had.values(), *perhaps.values()):
        lives.note_got(seen.user, uid)


def _counts(how: str, seen: ClientKnowledge, lives: MessageHistory) -> bool:
    """Whether a client has kept what it got: one whose session broke may have thrown it away."""
    answered = how == "quit" and seen.last is not None and seen.last.answer.whole
    left = how in ("closed", "reset") and not seen.visit.disturbed
    return lives.remembers or answered or left


def _stopped(seen: ClientKnowledge, lives: MessageHistory) -> Iterator[Violation]:
    """A session that looked what there is, and fetched something."""
    stop = seen.visit.stop()
    if stop is None or not stop.uid or not seen.numbers.asked:
        return
    sessions = lives.note_stop(_client(seen), stop.uid)
    if sessions >= _SESSIONS and _misses_others(stop.number, seen, lives):
        yield STOPPED_AT


def _misses_others(stop: int, seen: ClientKnowledge, lives: MessageHistory) -> bool:
    """Whether the user never had others: behind it, if it came whole, else anywhere."""
    came = seen.visit.came(stop)
    return any(
        not lives.has_got(seen.user, entry.uid)
        for number, entry in enumerate(_entries(seen), 1)
        if number != stop and number not in seen.numbers.marked and (number > stop or not came)
    )
