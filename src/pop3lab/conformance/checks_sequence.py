"""Checks of the sequence: states, pipelining, the end of a session."""

from collections.abc import Iterator

from pop3lab.conformance.checks_login import BEHIND_STLS, FACTS_FROM_BEFORE_TLS
from pop3lab.conformance.client_knowledge import ClientKnowledge
from pop3lab.conformance.exchange import PATIENCE, ClientLine, CompletedExchange
from pop3lab.conformance.violation import Violation
from pop3lab.core.command import COMMANDS
from pop3lab.core.events import SessionEnded
from pop3lab.core.request import State

WRONG_STATE = Violation(
    "wrong-state",
    "MUST",
    "RFC 1939 section 3",
    "the command is not allowed in this state",
    "There are no messages before login, there is nothing to log in to after it, and TLS can't "
    "begin under TLS. A client that sends a command in the wrong state has lost track of its "
    "session, mostly because it took a refusal for a success.",
)
PASS_AFTER_REFUSED_USER = Violation(
    "pass-after-refused-user",
    "MUST",
    "RFC 1939 section 7 (PASS)",
    "PASS was sent although USER had been refused",
    "PASS may only follow a USER that was accepted. A server also refuses USER to say that it "
    "accepts no passwords without TLS; a client that sends its password nevertheless has "
    "disclosed it. A PASS in the same packet as USER is exempt, because the client could not "
    "know.",
)
PASS_NOT_AFTER_USER = Violation(
    "pass-not-after-user",
    "MUST",
    "RFC 1939 section 7 (PASS)",
    "PASS did not directly follow an accepted USER",
    "PASS must directly follow a USER that was accepted. After a refused PASS, or another command "
    "in between, the client must send the name again. A lenient server may take the password for "
    "another name than the client means.",
)


def check_state(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a command against the state that earlier replies have shown."""
    command = COMMANDS.get(line.verb)
    if command is None or line.response or knowledge.state is None:
        return
    if knowledge.state not in command.states or (line.verb == "STLS" and knowledge.secure):
        yield WRONG_STATE
    elif line.verb == "PASS" and knowledge.login_attempts.named is None:
        after_user = knowledge.last is not None and knowledge.last.line.verb == "USER"
        if not after_user:
            yield PASS_NOT_AFTER_USER
        elif not line.early:  # a pipelined PASS can't know of the refusal
            yield PASS_AFTER_REFUSED_USER


# Lines sent too early

BEFORE_GREETING = Violation(
    "before-greeting",
    "MUST",
    "RFC 1939 sections 3 and 4",
    "the client sent data before the greeting",
    "The server speaks first. Before the greeting, the client does not know whether there is a "
    "session, nor the timestamp that APOP needs. Servers that look for spam robots drop clients "
    "that speak first, and the client misses a greeting that refuses it.",
)
PIPELINING = Violation(
    "pipelining",
    "MUST",
    "RFC 2449 section 6.6",
    "the line came before the reply to the line before it, and PIPELINING was not announced",
    "A client waits for each reply before it sends the next command, unless CAPA lists "
    "PIPELINING. Some servers discard the rest of their buffer, and the client waits for a reply "
    "that never comes.",
)


def check_pipelining(line: ClientLine, knowledge: ClientKnowledge) -> Iterator[Violation]:
    """Check a line that was sent early."""
    if not line.early:
        return
    if knowledge.previous is None:
        if line.verb != "QUIT":  # the client has given up waiting
            yield BEFORE_GREETING
    elif knowledge.previous.verb == "STLS":
        yield BEHIND_STLS
    elif not knowledge.exchanges.sound:
        return  # the reply may have seemed complete earlier
    elif "PIPELINING" not in (knowledge.capabilities or {}):
        yield (
            FACTS_FROM_BEFORE_TLS
            if "PIPELINING" in (knowledge.capabilities_before_tls or {})
            else PIPELINING
        )


# The end of a session

NO_QUIT = Violation(
    "no-quit",
    "SHOULD",
    "RFC 1939 sections 3 and 6",
    "the client left the session without QUIT after the login",
    "Only QUIT makes the server delete the marked messages and release the maildrop in good "
    "order. Without QUIT all marks are dropped, and the next session gets the same messages "
    "again.",
)
CONNECTION_RESET = Violation(
    "connection-reset",
    "advice",
    "RFC 1939 section 6, RFC 9293 section 3.5.2",
    "the client reset the connection",
    "A client resets its connection if it closes it with unread data, or dies. Data on its way is "
    "lost, and the server can't tell the reset from a failure of the network.",
)
QUIT_NOT_AWAITED = Violation(
    "quit-not-awaited",
    "advice",
    "RFC 1939 section 6",
    "the client closed the connection without reading the reply to QUIT",
    "The reply to QUIT says whether all marked messages are gone. A client that does not wait for "
    "it never learns of a failure, and its deletions come back as duplicates. A client that reads "
    "the reply and then resets the connection instead of closing it looks the same to the server.",
)

_GONE = ("closed", "reset")  # ends caused by the client
_SILENCE = 600.0  # seconds that a server waits at least (RFC 1939 section 3)


def check_end(
    seconds: float, ended: SessionEnded, knowledge: ClientKnowledge
) -> Iterator[Violation]:
    """Check the end of a session, if the client caused it."""
    if not knowledge.synchronized or knowledge.latest is None:
        return
    if _left_at_quit(seconds, ended, knowledge):
        yield QUIT_NOT_AWAITED
        return
    unanswered = knowledge.unanswered is not None and not knowledge.unanswered.reply.status
    if knowledge.exchanges.rule_applied or unanswered:
        return
    if ended.end_reason == "reset":
        yield CONNECTION_RESET
    gone = ended.end_reason in _GONE
    silent = ended.end_reason == "timeout" and seconds - knowledge.latest.seconds >= _SILENCE
    if (
        knowledge.state is State.TRANSACTION
        and (gone or silent)
        and knowledge.latest.verb != "QUIT"
    ):
        yield NO_QUIT


def _left_at_quit(seconds: float, ended: SessionEnded, knowledge: ClientKnowledge) -> bool:
    """Whether the client left before the reply to QUIT, without waiting for long."""
    if ended.end_reason not in _GONE:
        return False
    if knowledge.unanswered is None:
        return ended.end_reason == "reset" and _quit_answered(knowledge)
    unanswered = knowledge.unanswered
    return (
        unanswered.line.verb == "QUIT"
        and not unanswered.reply.status
        and _is_soon(seconds, unanswered)
    )


def _quit_answered(knowledge: ClientKnowledge) -> bool:
    """Whether the last reply was an unambiguous and prompt one to QUIT."""
    last = knowledge.last
    if last is None or last.line.verb != "QUIT" or not knowledge.synchronized:
        return False
    return last.reply.whole and _is_soon(last.seconds, last)


def _is_soon(seconds: float, exchange: CompletedExchange) -> bool:
    return seconds - exchange.line.seconds < PATIENCE


def is_decided_by_close(ended: SessionEnded, knowledge: ClientKnowledge) -> bool:
    """Whether the close of the connection will show if the reply to QUIT was read.

    Under TLS it does not: the unread data may be the server's close_notify.
    """
    return ended.end_reason == "quit" and not knowledge.secure and _quit_answered(knowledge)
