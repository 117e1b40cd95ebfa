"""Messages that aren't there, aren't there any more, or were never had."""

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
    "the number is none of those that the server had told",
    "Messages have the numbers from 1 to as many as STAT and LIST tell, the same ones for the "
    "whole session. A client that asks for another has miscounted, or goes by an old list.",
)
DELETED_NUMBER = Violation(
    "deleted-number",
    "MUST",
    "RFC 1939 sections 5 and 7",
    "the message was marked as deleted",
    "A message that was deleted in this session may not be referred to any more, unless RSET has "
    "taken all marks away. Most clients that do so believe that numbers move up after DELE.",
)
DELE_OF_INCOMPLETE = Violation(
    "dele-of-incomplete",
    "SHOULD",
    "RFC 1939 sections 3 and 6",
    "the message was deleted although it had never come in full",
    "The client asked for the message and got a refusal, or an answer without its end; then it "
    "deleted the message. What does not end in the terminator is not the message, and after QUIT "
    "nobody has it any more.",
)
DELE_OF_UNSENT = Violation(
    "dele-of-unsent",
    "advice",
    "RFC 1939 section 6",
    "the message was deleted although nothing of it was ever sent to this user",
    "In no session that was seen here did this user get the message, or the top of it. If it was "
    "not the user's wish to delete it unread, mail is lost.",
)


def check_messages(said: ClientLine, seen: ClientKnowledge) -> Iterator[Violation]:
    """A line about one message."""
    number = said.number
    if number is None or seen.state is not State.TRANSACTION:
        return
    numbers = seen.numbers
    if number < 1 or (numbers.known is not None and number > numbers.known):
        yield NEVER_LISTED
    elif number in numbers.marked:
        yield DELETED_NUMBER
    elif said.verb == "DELE":
        yield from _deleted(number, seen)


def check_action(action: Action, seen: ClientKnowledge) -> Iterator[Violation]:
    """A refusal by the book shows that a number was none although the client had not asked."""
    if not isinstance(action, Send) or not action.data.startswith(b"-ERR"):
        return
    said, exchanges = seen.latest, seen.exchanges
    if said is None or said.early or not seen.in_step or exchanges.bent:
        return
    if said.verb not in (*TEXTS, "DELE") or seen.numbers.asked:
        return  # LIST and UIDL may ask whether there is such a number
    if seen.numbers.is_beyond(said.number or 0) and exchanges.answer.whole:
        yield NEVER_LISTED


def _deleted(number: int, seen: ClientKnowledge) -> Iterator[Violation]:
    uid = seen.numbers.uid(number)
    got = seen.past.got(seen.user, uid) if uid else RetrievedMessage.WHOLE
    if got is RetrievedMessage.NOTHING:
        yield DELE_OF_UNSENT
    elif got is RetrievedMessage.BROKEN:
        yield DELE_OF_INCOMPLETE
