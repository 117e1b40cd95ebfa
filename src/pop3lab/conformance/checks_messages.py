"""Checks of message numbers: unlisted, deleted, never retrieved."""

from collections.abc import Iterator

from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import ClientLine
from pop3lab.conformance.history import RetrievedMessage
from pop3lab.conformance.violation import Violation
from pop3lab.core.actions import Action, Send
from pop3lab.core.command import TEXTS
from pop3lab.core.request import State

NEVER_LISTED = Violation(
    "number-never-listed",
    "MUST",
    "RFC 1939 sections 4 and 5",
    "the server had not listed this message number",
    "Messages are numbered from 1 to the count in STAT and LIST, and the numbers stay the same "
    "for the whole session. A client that asks for another number has miscounted or uses an old "
    "list.",
)
DELETED_NUMBER = Violation(
    "deleted-number",
    "MUST",
    "RFC 1939 sections 5 and 7",
    "the message was marked as deleted",
    "A client must not refer to a message that it has deleted in this session, unless RSET has "
    "unmarked all. Most clients that do so believe that later messages move up after DELE.",
)
DELE_OF_INCOMPLETE = Violation(
    "dele-of-incomplete",
    "SHOULD",
    "RFC 1939 sections 3 and 6",
    "the client deleted a message that it had not received in full",
    "The client asked for the message, got a refusal or a reply without its end, and then deleted "
    "the message. A reply without the terminator is not the message, and after QUIT nobody has it "
    "any more.",
)
DELE_OF_UNSENT = Violation(
    "dele-of-unsent",
    "advice",
    "RFC 1939 section 6",
    "the client deleted a message of which nothing was ever sent to this user",
    "In no session that this server has seen did the user get the message or its top. Unless the "
    "user wanted to delete it unread, mail is lost.",
)


def check_messages(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a line about a message."""
    number = line.number
    if number is None or knowledge.state is not State.TRANSACTION:
        return
    messages = knowledge.messages
    if number < 1 or (messages.highest is not None and number > messages.highest):
        yield NEVER_LISTED
    elif number in messages.marked:
        yield DELETED_NUMBER
    elif line.verb == "DELE":
        yield from _deleted(number, knowledge)


def check_action(action: Action, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a refusal that shows an invalid number, if the client had not asked for a list."""
    if not isinstance(action, Send) or not action.data.startswith(b"-ERR"):
        return
    line, exchanges = knowledge.latest, knowledge.exchanges
    if line is None or line.early or not knowledge.synchronized or exchanges.rule_applied:
        return
    if line.verb not in (*TEXTS, "DELE") or knowledge.messages.asked:
        return  # LIST and UIDL may ask whether a number exists
    if knowledge.messages.is_beyond(line.number or 0) and exchanges.reply.whole:
        yield NEVER_LISTED


def _deleted(number: int, knowledge: ClientKnowledge) -> Iterator[Violation]:
    uid = knowledge.messages.uid(number)
    got = knowledge.history.retrieved(knowledge.user, uid) if uid else RetrievedMessage.WHOLE
    if got is RetrievedMessage.NOTHING:
        yield DELE_OF_UNSENT
    elif got is RetrievedMessage.BROKEN:
        yield DELE_OF_INCOMPLETE
